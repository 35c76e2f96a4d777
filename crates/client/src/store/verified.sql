-- Version 15: the root key with which the person has compared the safety number.
ALTER TABLE people ADD COLUMN verified_key BLOB;
