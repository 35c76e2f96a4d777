-- Version 11: lists of accounts that leave out devices which may be in a conversation still, as they prove it.
CREATE TABLE delistings (
    conversation BLOB NOT NULL,
    account BLOB NOT NULL,
    proof BLOB NOT NULL,
    PRIMARY KEY (conversation, account)
) WITHOUT ROWID;
