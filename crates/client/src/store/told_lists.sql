-- Version 19: lists that an account's own devices told of inside messages, until the server shows them too.
CREATE TABLE told_lists (
    account BLOB NOT NULL,
    root_public_key BLOB NOT NULL,
    hash BLOB NOT NULL,
    conversation BLOB NOT NULL,          -- where
    missed INTEGER NOT NULL,             -- how often the server answered without it
    PRIMARY KEY (account, root_public_key, hash)
) WITHOUT ROWID;
