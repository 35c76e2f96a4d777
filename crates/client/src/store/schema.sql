-- The client's database, version 1. Identifiers are 16 bytes; times are milliseconds since the Unix epoch.
-- Changes come as further numbered files; this one is never edited once it has been released.

-- Who is signed in here: one row, or none.
CREATE TABLE session (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    account BLOB NOT NULL,
    username TEXT NOT NULL,
    display_name TEXT NOT NULL,
    root_public_key BLOB NOT NULL,
    device BLOB NOT NULL,
    device_key BLOB NOT NULL,            -- secret of the MLS signature key
    token BLOB NOT NULL,                 -- of the session
    list_key BLOB NOT NULL,              -- secret of the device-list key
    list_key_certificate BLOB NOT NULL,
    vault_key BLOB NOT NULL,
    archive_key BLOB NOT NULL,
    credential BLOB,                     -- nothing until the device is on its account's list
    ended INTEGER NOT NULL DEFAULT 0,    -- the server ended the session
    recovery_code TEXT,                  -- until it is confirmed
    last_resort_made INTEGER NOT NULL DEFAULT 0,
    vault_version INTEGER NOT NULL DEFAULT 0
);

-- Accounts that were seen. The root key is the first one seen in a leaf and never changes here.
CREATE TABLE people (
    account BLOB PRIMARY KEY,
    username TEXT,
    display_name TEXT,
    root_public_key BLOB
) WITHOUT ROWID;

CREATE TABLE conversations (
    id BLOB PRIMARY KEY,
    kind INTEGER NOT NULL,               -- 0 direct, 1 group
    peer BLOB,                           -- the other account of a direct one, once known
    name TEXT,                           -- from the state
    suite INTEGER NOT NULL,
    phase INTEGER NOT NULL,              -- store/conversations.rs
    generation INTEGER NOT NULL DEFAULT 1,
    created INTEGER NOT NULL,
    applied_seq INTEGER NOT NULL DEFAULT 0,      -- the newest entry that was taken
    applied_hash BLOB,                           -- running hash there; nothing if not known
    server_seq INTEGER NOT NULL DEFAULT 0,       -- the newest entry that the server is known to have
    stored_told INTEGER NOT NULL DEFAULT 0,      -- up to where the server knows that this device has stored
    read_seq INTEGER NOT NULL DEFAULT 0,
    read_told INTEGER NOT NULL DEFAULT 0,
    delivered_seq INTEGER NOT NULL DEFAULT 0,    -- least of the other members' delivered cursors
    others_read_seq INTEGER NOT NULL DEFAULT 0,  -- least of the other members' read cursors
    unread INTEGER NOT NULL DEFAULT 0,
    conversation_key BLOB,
    state_version INTEGER NOT NULL DEFAULT 0,    -- of the state that is shown
    state_known INTEGER NOT NULL DEFAULT 0,      -- of the server's, as far as known
    draft TEXT,
    floor_epoch INTEGER,                 -- an external join has to lead above this epoch
    sends INTEGER NOT NULL DEFAULT 0,    -- since this device's leaf was last changed
    healed INTEGER NOT NULL DEFAULT 0,   -- when that was
    heal_at INTEGER,                     -- when it is to be changed because the group grew
    superseded_by BLOB                   -- the direct conversation that won
);
CREATE UNIQUE INDEX conversations_direct ON conversations (peer) WHERE kind = 0 AND superseded_by IS NULL;

CREATE TABLE members (
    conversation BLOB NOT NULL,
    account BLOB NOT NULL,
    admin INTEGER NOT NULL,
    PRIMARY KEY (conversation, account)
) WITHOUT ROWID;

-- What a timeline shows.
CREATE TABLE timeline (
    id INTEGER PRIMARY KEY,
    conversation BLOB NOT NULL,
    key TEXT NOT NULL,                   -- client id of a message
    sort INTEGER NOT NULL,               -- by seq; what waits comes last
    seq INTEGER,                         -- nothing while it waits
    time INTEGER NOT NULL,
    kind INTEGER NOT NULL,               -- 0 message, 1 unsupported, 2 notice
    sender BLOB,
    own INTEGER NOT NULL DEFAULT 0,      -- 0 another account's, 1 of another own device, 2 of this device
    text TEXT,
    content BLOB,                        -- as it travels; of a notice: what happened
    failure TEXT                         -- why it could not be sent
);
CREATE UNIQUE INDEX timeline_key ON timeline (conversation, key);
CREATE INDEX timeline_sort ON timeline (conversation, sort);
CREATE INDEX timeline_messages ON timeline (conversation, sort) WHERE kind < 2;

-- What is to be sent, in order.
CREATE TABLE outbox (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation BLOB NOT NULL,
    client_id BLOB NOT NULL,
    kind INTEGER NOT NULL,               -- store/outbox.rs
    intent BLOB NOT NULL,                -- what is meant, before encryption
    failed INTEGER NOT NULL DEFAULT 0,
    sent BLOB,                           -- the request with the ciphertext, from encryption until the log has it or cannot
    answered INTEGER NOT NULL DEFAULT 0  -- the server has taken it; the log shows it next
);
CREATE UNIQUE INDEX outbox_client_id ON outbox (conversation, client_id);

-- Running hashes of the entries that were taken, to compare with what others saw.
CREATE TABLE log_hashes (
    conversation BLOB NOT NULL,
    seq INTEGER NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (conversation, seq)
) WITHOUT ROWID;

-- Welcomes that came and were not yet used.
CREATE TABLE welcomes (
    number INTEGER PRIMARY KEY,
    conversation BLOB NOT NULL,
    welcome BLOB NOT NULL                -- CBOR, as it came
);

-- External commits on the way: the group that they make is adopted when the log has taken them.
CREATE TABLE joins (
    conversation BLOB PRIMARY KEY,
    client_id BLOB NOT NULL,
    request BLOB NOT NULL,
    writes BLOB NOT NULL,
    base_seq INTEGER NOT NULL,
    base_hash BLOB NOT NULL
) WITHOUT ROWID;

-- The account's vault as this device knows it.
CREATE TABLE vault (
    name TEXT PRIMARY KEY,
    value BLOB NOT NULL,
    dirty INTEGER NOT NULL               -- not on the server yet
) WITHOUT ROWID;

-- State of the MLS groups and key packages.
CREATE TABLE mls_state (
    key BLOB PRIMARY KEY,
    value BLOB NOT NULL
) WITHOUT ROWID;
