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

-- Whether accounts or devices may wait to be removed: in the head, so that appending costs no more where nobody does.
ALTER TABLE conversations ADD COLUMN removals BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE conversations SET removals = TRUE WHERE id IN (SELECT conversation FROM departures);
