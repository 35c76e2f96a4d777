-- Version 9: the devices that accounts have listed, and the epoch that a device is in.

-- Every list of verified chains, by the root key that they go back to. Two of a version are of a server that was restored.
CREATE TABLE device_lists (
    account BLOB NOT NULL,
    root_public_key BLOB NOT NULL,
    hash BLOB NOT NULL,
    generation INTEGER NOT NULL,
    PRIMARY KEY (account, root_public_key, hash)
) WITHOUT ROWID;

-- Every device that was ever on a verified list.
CREATE TABLE listed_devices (
    account BLOB NOT NULL,
    root_public_key BLOB NOT NULL,
    device BLOB NOT NULL,
    signature_key BLOB NOT NULL,
    admitted INTEGER NOT NULL,           -- the version of the list that admitted it
    present INTEGER NOT NULL,            -- whether it is on the list that was the newest when it came
    PRIMARY KEY (account, root_public_key, device, signature_key, admitted)
) WITHOUT ROWID;

-- Whether leaves may have come in that no known list names: until that is settled nothing is taken or sent.
ALTER TABLE conversations ADD COLUMN lists_due INTEGER NOT NULL DEFAULT 1;

-- The epoch of the MLS group that this device has, as far as it is known without loading it.
ALTER TABLE conversations ADD COLUMN epoch INTEGER;
