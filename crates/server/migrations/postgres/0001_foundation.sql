-- Identifiers are 16 random bytes, hashes 32 bytes, times milliseconds since the Unix epoch.
-- This file and its namesake for the other database differ in column types only; applied files are never edited.

CREATE TABLE server_settings (
    name  TEXT NOT NULL PRIMARY KEY,
    -- Secrets of the server among them: the OPAQUE server set-up, without which no password is worth anything.
    value BYTEA NOT NULL
);

CREATE TABLE invites (
    code_hash BYTEA NOT NULL PRIMARY KEY,
    uses_left BIGINT NOT NULL,
    expires   BIGINT NOT NULL
);

CREATE TABLE accounts (
    id                  BYTEA NOT NULL PRIMARY KEY,
    username            TEXT NOT NULL UNIQUE,
    display_name        TEXT NOT NULL,
    root_public_key     BYTEA NOT NULL,
    opaque_record       BYTEA NOT NULL,
    recovery_token_hash BYTEA NOT NULL,
    -- Version of the newest device list: compared and swapped.
    device_list_version BIGINT NOT NULL,
    -- Version of the vault: compared and swapped.
    vault_version       BIGINT NOT NULL,
    created             BIGINT NOT NULL
);

-- What an account is found by: its username, and its display name from the start of each word, in lower case.
CREATE TABLE account_names (
    name    TEXT COLLATE "C" NOT NULL,
    account BYTEA NOT NULL REFERENCES accounts (id),
    PRIMARY KEY (name, account)
);
CREATE INDEX account_names_by_account ON account_names (account);

CREATE TABLE backups (
    account    BYTEA NOT NULL PRIMARY KEY REFERENCES accounts (id),
    version    BIGINT NOT NULL,
    ciphertext BYTEA NOT NULL,
    -- CBOR: the list of wrappings as it travels.
    wrappings  BYTEA NOT NULL
);

CREATE TABLE vault_records (
    account BYTEA NOT NULL REFERENCES accounts (id),
    name    BYTEA NOT NULL,
    -- The vault's version that last wrote the record.
    version BIGINT NOT NULL,
    -- Nothing once deleted: devices that were away must learn of it.
    value   BYTEA,
    PRIMARY KEY (account, name)
);
CREATE INDEX vault_records_by_version ON vault_records (account, version);

CREATE TABLE sessions (
    -- SHA-256 of the token.
    token_hash BYTEA NOT NULL PRIMARY KEY,
    account    BYTEA NOT NULL REFERENCES accounts (id),
    device     BYTEA,
    -- 1 full, 2 recovery.
    kind       BIGINT NOT NULL,
    created    BIGINT NOT NULL,
    expires    BIGINT NOT NULL
);
CREATE INDEX sessions_by_account ON sessions (account);
CREATE INDEX sessions_by_expiry ON sessions (expires);

-- Sign-ins between their two steps.
CREATE TABLE sign_ins (
    id      BYTEA NOT NULL PRIMARY KEY,
    -- Nothing for a username that does not exist: its sign-in goes on like any other and fails at the end.
    account BYTEA,
    state   BYTEA NOT NULL,
    expires BIGINT NOT NULL
);
CREATE INDEX sign_ins_by_expiry ON sign_ins (expires);

CREATE TABLE devices (
    id            BYTEA NOT NULL PRIMARY KEY,
    account       BYTEA NOT NULL REFERENCES accounts (id),
    certificate   BYTEA NOT NULL,
    signature_key BYTEA NOT NULL,
    -- Version of the device list that admitted it.
    admitted      BIGINT NOT NULL,
    -- When a list left it out.
    removed       BIGINT,
    -- Number of the newest Welcome that its inbox ever held.
    inbox_last    BIGINT NOT NULL
);
CREATE INDEX devices_by_account ON devices (account);

CREATE TABLE device_lists (
    account BYTEA NOT NULL REFERENCES accounts (id),
    version BIGINT NOT NULL,
    list    BYTEA NOT NULL,
    PRIMARY KEY (account, version)
);

CREATE TABLE list_key_certificates (
    account     BYTEA NOT NULL REFERENCES accounts (id),
    generation  BIGINT NOT NULL,
    certificate BYTEA NOT NULL,
    PRIMARY KEY (account, generation)
);

CREATE TABLE key_packages (
    -- KeyPackageRef (RFC 9420).
    reference   BYTEA NOT NULL PRIMARY KEY,
    account     BYTEA NOT NULL REFERENCES accounts (id),
    device      BYTEA NOT NULL,
    suite       BIGINT NOT NULL,
    -- Empty once taken; the row stays until it expires, so that a repeated upload is not handed out again.
    key_package BYTEA NOT NULL,
    last_resort BOOLEAN NOT NULL,
    taken       BOOLEAN NOT NULL,
    -- When the server got it.
    created     BIGINT NOT NULL,
    expires     BIGINT NOT NULL
);
CREATE INDEX key_packages_by_device ON key_packages (device, suite, last_resort, taken, created);
CREATE INDEX key_packages_by_expiry ON key_packages (expires);

-- Who asked for key packages under which id, and what it was given: asking again gives the same.
CREATE TABLE claims (
    device BYTEA NOT NULL,
    claim  BYTEA NOT NULL,
    time   BIGINT NOT NULL,
    PRIMARY KEY (device, claim)
);
CREATE INDEX claims_by_time ON claims (time);

CREATE TABLE claimed_key_packages (
    device         BYTEA NOT NULL,
    claim          BYTEA NOT NULL,
    target_account BYTEA NOT NULL,
    target_device  BYTEA NOT NULL,
    key_package    BYTEA NOT NULL,
    PRIMARY KEY (device, claim, target_device),
    FOREIGN KEY (device, claim) REFERENCES claims (device, claim) ON DELETE CASCADE
);

-- The head of each log, kept small because every append rewrites it.
CREATE TABLE conversations (
    id         BYTEA NOT NULL PRIMARY KEY,
    -- 1 direct, 2 group.
    kind       BIGINT NOT NULL,
    suite      BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    epoch      BIGINT NOT NULL,
    last_seq   BIGINT NOT NULL,
    -- Running hash at last_seq.
    last_hash  BYTEA NOT NULL,
    created    BIGINT NOT NULL,
    -- Time of the newest entry.
    updated    BIGINT NOT NULL
);

-- At most one direct conversation for each unordered pair of accounts: low < high.
CREATE TABLE direct_conversations (
    low          BYTEA NOT NULL,
    high         BYTEA NOT NULL,
    conversation BYTEA NOT NULL REFERENCES conversations (id),
    PRIMARY KEY (low, high)
);

-- What the server knows of the present epoch's group: its public view is made of these two.
CREATE TABLE public_groups (
    conversation BYTEA NOT NULL PRIMARY KEY REFERENCES conversations (id),
    group_info   BYTEA NOT NULL,
    -- SHA-256 of the present ratchet tree.
    tree         BYTEA NOT NULL
);

-- Serialised ratchet trees: the present one, and those that a Welcome in an inbox still names.
CREATE TABLE trees (
    conversation BYTEA NOT NULL REFERENCES conversations (id),
    sha256       BYTEA NOT NULL,
    tree         BYTEA NOT NULL,
    PRIMARY KEY (conversation, sha256)
);

CREATE TABLE conversation_states (
    conversation BYTEA NOT NULL PRIMARY KEY REFERENCES conversations (id),
    version      BIGINT NOT NULL,
    -- Ciphertext under the conversation key.
    state        BYTEA NOT NULL
);

-- Devices in the group, with their cursors.
CREATE TABLE leaves (
    conversation BYTEA NOT NULL REFERENCES conversations (id),
    device       BYTEA NOT NULL,
    account      BYTEA NOT NULL,
    -- The commit that made it a leaf; 0 for the creating device.
    joined_seq   BIGINT NOT NULL,
    -- Up to where the device has stored entries.
    stored_seq   BIGINT NOT NULL,
    -- The commit that removed it: it may read up to there, then the row goes.
    removed_seq  BIGINT,
    PRIMARY KEY (conversation, device)
);
CREATE INDEX leaves_by_device ON leaves (device);

-- Accounts in the conversation, with their cursors.
CREATE TABLE members (
    conversation  BYTEA NOT NULL REFERENCES conversations (id),
    account       BYTEA NOT NULL,
    -- The farthest that one of the account's devices has stored.
    delivered_seq BIGINT NOT NULL,
    read_seq      BIGINT NOT NULL,
    PRIMARY KEY (conversation, account)
);
CREATE INDEX members_by_account ON members (account);

-- The entries of all conversations, in the order of their arrival on disk (not clustered by conversation: that made
-- appending five times slower). No foreign key: an append holds its conversation's row.
CREATE TABLE log (
    conversation BYTEA NOT NULL,
    seq          BIGINT NOT NULL,
    client_id    BYTEA NOT NULL,
    time         BIGINT NOT NULL,
    -- 1 application message, 2 commit.
    kind         BIGINT NOT NULL,
    generation   BIGINT NOT NULL,
    epoch        BIGINT NOT NULL,
    -- Running hash up to and with this entry.
    hash         BYTEA NOT NULL,
    message      BYTEA NOT NULL,
    PRIMARY KEY (conversation, seq),
    UNIQUE (conversation, client_id)
);

-- Welcomes, each for one device.
CREATE TABLE inbox (
    device       BYTEA NOT NULL,
    -- Ascending in the order of commits; never used twice for a device.
    number       BIGINT NOT NULL,
    conversation BYTEA NOT NULL REFERENCES conversations (id),
    -- The log right after the commit that added the device.
    seq          BIGINT NOT NULL,
    generation   BIGINT NOT NULL,
    epoch        BIGINT NOT NULL,
    hash         BYTEA NOT NULL,
    welcome      BYTEA NOT NULL,
    -- SHA-256 of the tree to join with.
    tree         BYTEA NOT NULL,
    time         BIGINT NOT NULL,
    PRIMARY KEY (device, number)
);
CREATE INDEX inbox_by_tree ON inbox (conversation, tree);
