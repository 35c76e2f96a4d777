-- Version 3: what messages say beside their text, and what changes them.

-- After so many seconds new messages disappear; nothing for never.
ALTER TABLE conversations ADD COLUMN timer INTEGER;
