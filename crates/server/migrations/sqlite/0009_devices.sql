-- The account's keys in their generations, when its devices were there, and new devices that are linked.

-- Of the account's keys: one more each time that a device is revoked.
ALTER TABLE accounts ADD COLUMN generation INTEGER NOT NULL DEFAULT 1;

-- When a list admitted it; nothing for those from before.
ALTER TABLE devices ADD COLUMN added INTEGER;
-- To the minute; nothing if it never was connected since.
ALTER TABLE devices ADD COLUMN last_seen INTEGER;

-- Of the keys that it is sealed with.
ALTER TABLE archive_segments ADD COLUMN generation INTEGER NOT NULL DEFAULT 1;
-- SHA-256 of what is sealed; nothing for those from before.
ALTER TABLE archive_segments ADD COLUMN hash BLOB;

-- The keys of the present generation for the devices that stayed.
CREATE TABLE handovers (
    device      BLOB NOT NULL PRIMARY KEY,
    account     BLOB NOT NULL REFERENCES accounts (id),
    key_package BLOB NOT NULL,
    sealed      BLOB NOT NULL
);
CREATE INDEX handovers_by_account ON handovers (account);

-- Where a new device and one that is signed in meet, and what they say, which the server cannot read.
CREATE TABLE linkings (
    number   TEXT NOT NULL PRIMARY KEY,
    -- SHA-256 of the new device's key, and of the key of the one that came; nothing before.
    new_key  BLOB NOT NULL UNIQUE,
    old_key  BLOB UNIQUE,
    -- Whose device came, and which.
    account  BLOB,
    device   BLOB,
    offer    BLOB NOT NULL,
    answer   BLOB,
    reveal   BLOB,
    approval BLOB,
    refused  BOOLEAN NOT NULL,
    -- SHA-256 of the token that the new device was given.
    session  BLOB,
    expires  INTEGER NOT NULL
);
CREATE INDEX linkings_by_expiry ON linkings (expires);
