-- Identifiers are 16 random bytes, hashes 32 bytes, times milliseconds since the Unix epoch.
-- This file and its namesake for the other database differ in column types only; applied files are never edited.

CREATE TABLE server_settings (
    name  TEXT NOT NULL PRIMARY KEY,
    -- Secrets of the server among them: the OPAQUE server set-up, without which no password is worth anything.
    value BLOB NOT NULL
);

CREATE TABLE invites (
    code_hash BLOB NOT NULL PRIMARY KEY,
    uses_left INTEGER NOT NULL,
    expires   INTEGER NOT NULL
);

CREATE TABLE accounts (
    id                  BLOB NOT NULL PRIMARY KEY,
    username            TEXT NOT NULL UNIQUE,
    display_name        TEXT NOT NULL,
    root_public_key     BLOB NOT NULL,
    opaque_record       BLOB NOT NULL,
    recovery_token_hash BLOB NOT NULL,
    -- Version of the newest device list: compared and swapped.
    device_list_version INTEGER NOT NULL,
    -- Version of the vault: compared and swapped.
    vault_version       INTEGER NOT NULL,
    created             INTEGER NOT NULL
);

-- What an account is found by: its username, and its display name from the start of each word, in lower case.
CREATE TABLE account_names (
    name    TEXT NOT NULL,
    account BLOB NOT NULL REFERENCES accounts (id),
    PRIMARY KEY (name, account)
);
CREATE INDEX account_names_by_account ON account_names (account);

CREATE TABLE backups (
    account    BLOB NOT NULL PRIMARY KEY REFERENCES accounts (id),
    version    INTEGER NOT NULL,
    ciphertext BLOB NOT NULL,
    -- CBOR: the list of wrappings as it travels.
    wrappings  BLOB NOT NULL
);

CREATE TABLE vault_records (
    account BLOB NOT NULL REFERENCES accounts (id),
    name    BLOB NOT NULL,
    -- The vault's version that last wrote the record.
    version INTEGER NOT NULL,
    -- Nothing once deleted: devices that were away must learn of it.
    value   BLOB,
    PRIMARY KEY (account, name)
);
CREATE INDEX vault_records_by_version ON vault_records (account, version);

CREATE TABLE sessions (
    -- SHA-256 of the token.
    token_hash BLOB NOT NULL PRIMARY KEY,
    account    BLOB NOT NULL REFERENCES accounts (id),
    device     BLOB,
    -- 1 full, 2 recovery.
    kind       INTEGER NOT NULL,
    created    INTEGER NOT NULL,
    expires    INTEGER NOT NULL
);
CREATE INDEX sessions_by_account ON sessions (account);
CREATE INDEX sessions_by_expiry ON sessions (expires);

-- Sign-ins between their two steps.
CREATE TABLE sign_ins (
    id      BLOB NOT NULL PRIMARY KEY,
    -- Nothing for a username that does not exist: its sign-in goes on like any other and fails at the end.
    account BLOB,
    state   BLOB NOT NULL,
    expires INTEGER NOT NULL
);
CREATE INDEX sign_ins_by_expiry ON sign_ins (expires);

CREATE TABLE devices (
    id            BLOB NOT NULL PRIMARY KEY,
    account       BLOB NOT NULL REFERENCES accounts (id),
    certificate   BLOB NOT NULL,
    signature_key BLOB NOT NULL,
    -- Version of the device list that admitted it.
    admitted      INTEGER NOT NULL,
    -- When a list left it out.
    removed       INTEGER,
    -- Number of the newest Welcome that its inbox ever held.
    inbox_last    INTEGER NOT NULL
);
CREATE INDEX devices_by_account ON devices (account);

CREATE TABLE device_lists (
    account BLOB NOT NULL REFERENCES accounts (id),
    version INTEGER NOT NULL,
    list    BLOB NOT NULL,
    PRIMARY KEY (account, version)
);

CREATE TABLE list_key_certificates (
    account     BLOB NOT NULL REFERENCES accounts (id),
    generation  INTEGER NOT NULL,
    certificate BLOB NOT NULL,
    PRIMARY KEY (account, generation)
);

CREATE TABLE key_packages (
    -- KeyPackageRef (RFC 9420).
    reference   BLOB NOT NULL PRIMARY KEY,
    account     BLOB NOT NULL REFERENCES accounts (id),
    device      BLOB NOT NULL,
    suite       INTEGER NOT NULL,
    -- Empty once taken; the row stays until it expires, so that a repeated upload is not handed out again.
    key_package BLOB NOT NULL,
    last_resort BOOLEAN NOT NULL,
    taken       BOOLEAN NOT NULL,
    -- When the server got it.
    created     INTEGER NOT NULL,
    expires     INTEGER NOT NULL
);
CREATE INDEX key_packages_by_device ON key_packages (device, suite, last_resort, taken, created);
CREATE INDEX key_packages_by_expiry ON key_packages (expires);

-- Who asked for key packages under which id, and what it was given: asking again gives the same.
CREATE TABLE claims (
    device BLOB NOT NULL,
    claim  BLOB NOT NULL,
    time   INTEGER NOT NULL,
    PRIMARY KEY (device, claim)
);
CREATE INDEX claims_by_time ON claims (time);

CREATE TABLE claimed_key_packages (
    device         BLOB NOT NULL,
    claim          BLOB NOT NULL,
    target_account BLOB NOT NULL,
    target_device  BLOB NOT NULL,
    key_package    BLOB NOT NULL,
    PRIMARY KEY (device, claim, target_device),
    FOREIGN KEY (device, claim) REFERENCES claims (device, claim) ON DELETE CASCADE
);

-- The head of each log, kept small because every append rewrites it.
CREATE TABLE conversations (
    id         BLOB NOT NULL PRIMARY KEY,
    -- 1 direct, 2 group.
    kind       INTEGER NOT NULL,
    suite      INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    epoch      INTEGER NOT NULL,
    last_seq   INTEGER NOT NULL,
    -- Running hash at last_seq.
    last_hash  BLOB NOT NULL,
    created    INTEGER NOT NULL,
    -- Time of the newest entry.
    updated    INTEGER NOT NULL
);

-- At most one direct conversation for each unordered pair of accounts: low < high.
CREATE TABLE direct_conversations (
    low          BLOB NOT NULL,
    high         BLOB NOT NULL,
    conversation BLOB NOT NULL REFERENCES conversations (id),
    PRIMARY KEY (low, high)
);

-- What the server knows of the present epoch's group: its public view is made of these two.
CREATE TABLE public_groups (
    conversation BLOB NOT NULL PRIMARY KEY REFERENCES conversations (id),
    group_info   BLOB NOT NULL,
    -- SHA-256 of the present ratchet tree.
    tree         BLOB NOT NULL
);

-- Serialised ratchet trees: the present one, and those that a Welcome in an inbox still names.
CREATE TABLE trees (
    conversation BLOB NOT NULL REFERENCES conversations (id),
    sha256       BLOB NOT NULL,
    tree         BLOB NOT NULL,
    PRIMARY KEY (conversation, sha256)
);

CREATE TABLE conversation_states (
    conversation BLOB NOT NULL PRIMARY KEY REFERENCES conversations (id),
    version      INTEGER NOT NULL,
    -- Ciphertext under the conversation key.
    state        BLOB NOT NULL
);

-- Devices in the group, with their cursors.
CREATE TABLE leaves (
    conversation BLOB NOT NULL REFERENCES conversations (id),
    device       BLOB NOT NULL,
    account      BLOB NOT NULL,
    -- The commit that made it a leaf; 0 for the creating device.
    joined_seq   INTEGER NOT NULL,
    -- Up to where the device has stored entries.
    stored_seq   INTEGER NOT NULL,
    -- The commit that removed it: it may read up to there, then the row goes.
    removed_seq  INTEGER,
    PRIMARY KEY (conversation, device)
);
CREATE INDEX leaves_by_device ON leaves (device);

-- Accounts in the conversation, with their cursors.
CREATE TABLE members (
    conversation  BLOB NOT NULL REFERENCES conversations (id),
    account       BLOB NOT NULL,
    -- The farthest that one of the account's devices has stored.
    delivered_seq INTEGER NOT NULL,
    read_seq      INTEGER NOT NULL,
    PRIMARY KEY (conversation, account)
);
CREATE INDEX members_by_account ON members (account);

-- The entries of all conversations, in the order of their arrival on disk (not clustered by conversation: that made
-- appending five times slower). No foreign key: an append holds its conversation's row.
CREATE TABLE log (
    conversation BLOB NOT NULL,
    seq          INTEGER NOT NULL,
    client_id    BLOB NOT NULL,
    time         INTEGER NOT NULL,
    -- 1 application message, 2 commit.
    kind         INTEGER NOT NULL,
    generation   INTEGER NOT NULL,
    epoch        INTEGER NOT NULL,
    -- Running hash up to and with this entry.
    hash         BLOB NOT NULL,
    message      BLOB NOT NULL,
    PRIMARY KEY (conversation, seq),
    UNIQUE (conversation, client_id)
);

-- Welcomes, each for one device.
CREATE TABLE inbox (
    device       BLOB NOT NULL,
    -- Ascending in the order of commits; never used twice for a device.
    number       INTEGER NOT NULL,
    conversation BLOB NOT NULL REFERENCES conversations (id),
    -- The log right after the commit that added the device.
    seq          INTEGER NOT NULL,
    generation   INTEGER NOT NULL,
    epoch        INTEGER NOT NULL,
    hash         BLOB NOT NULL,
    welcome      BLOB NOT NULL,
    -- SHA-256 of the tree to join with.
    tree         BLOB NOT NULL,
    time         INTEGER NOT NULL,
    PRIMARY KEY (device, number)
);
CREATE INDEX inbox_by_tree ON inbox (conversation, tree);
