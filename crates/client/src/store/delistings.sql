-- Version 11: lists of accounts that leave out devices which may be in a conversation still, as they prove it; keys that were
-- given late; sign-outs that are under way, and what this device was before.
CREATE TABLE delistings (
    conversation BLOB NOT NULL,
    account BLOB NOT NULL,
    proof BLOB NOT NULL,
    PRIMARY KEY (conversation, account)
) WITHOUT ROWID;

-- Whether a commit that is on its way gives those whom it adds the key before the present one.
ALTER TABLE conversation_state ADD COLUMN gives_old_key INTEGER NOT NULL DEFAULT 0;

ALTER TABLE session ADD COLUMN signing_out INTEGER NOT NULL DEFAULT 0;
ALTER TABLE session ADD COLUMN former_device BLOB;
