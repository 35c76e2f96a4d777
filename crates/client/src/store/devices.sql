-- Version 18: the account's devices and the generations of its keys.

-- Of the keys that are here: one more each time that a device is revoked.
ALTER TABLE session ADD COLUMN generation INTEGER NOT NULL DEFAULT 1;

-- What segments of the archive from before are sealed with.
CREATE TABLE archive_keys (
    generation INTEGER PRIMARY KEY,
    key BLOB NOT NULL
);

-- The devices on the account's newest list, this one among them.
CREATE TABLE own_devices (
    device BLOB PRIMARY KEY,
    admitted INTEGER NOT NULL,           -- the version of the list that admitted it
    is_new INTEGER NOT NULL              -- it came while this device was there, and the person was not told yet
) WITHOUT ROWID;

-- The newest list of each account, as it proves to others which devices are on it no longer.
CREATE TABLE list_proofs (
    account BLOB NOT NULL,
    root_public_key BLOB NOT NULL,
    proof BLOB NOT NULL,
    PRIMARY KEY (account, root_public_key)
) WITHOUT ROWID;

-- Devices that a commit removed because their account listed them no longer: they never come back.
CREATE TABLE put_out (
    conversation BLOB NOT NULL,
    device BLOB NOT NULL,
    PRIMARY KEY (conversation, device)
) WITHOUT ROWID;

-- This device was removed from its account by another one, and erased: all that is left of that.
CREATE TABLE removal (
    id INTEGER PRIMARY KEY CHECK (id = 1)
);
