-- Version 14: the first entry of the present epoch that the server showed as blank.
ALTER TABLE conversations ADD COLUMN first_blank INTEGER;
