-- Devices that left their account's list and whose leaves the next commit removes.

-- The newest list of each account that left devices out, as the proof that commits carry.
CREATE TABLE delistings (
    account BYTEA NOT NULL PRIMARY KEY,
    proof   BYTEA NOT NULL
);

CREATE TABLE delisted_leaves (
    conversation BYTEA NOT NULL,
    device       BYTEA NOT NULL,
    account      BYTEA NOT NULL,
    PRIMARY KEY (conversation, device)
);
