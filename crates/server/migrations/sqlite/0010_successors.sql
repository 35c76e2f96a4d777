-- People who lost password, recovery code and every device, and begin anew as another account with the same username.

-- The account that has the username now; nothing for nearly all.
ALTER TABLE accounts ADD COLUMN successor BLOB;
CREATE INDEX accounts_by_successor ON accounts (successor) WHERE successor IS NOT NULL;

-- The account in whose place somebody may register with the invite; nothing for ordinary ones.
ALTER TABLE invites ADD COLUMN replaces BLOB;
