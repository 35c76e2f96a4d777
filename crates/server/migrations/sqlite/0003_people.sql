-- What accounts let others see and do, what is seen of them, links into groups and who asks to join, and reports.

-- No row: everything as by default.
CREATE TABLE account_settings (
    account         BLOB NOT NULL PRIMARY KEY REFERENCES accounts (id),
    read_receipts   BOOLEAN NOT NULL,
    presence        BOOLEAN NOT NULL,
    -- 1 everyone, 2 who shares a group with it, 3 nobody new.
    who_may_message INTEGER NOT NULL
);

CREATE TABLE pictures (
    account BLOB NOT NULL PRIMARY KEY REFERENCES accounts (id),
    version INTEGER NOT NULL,
    -- Ciphertext under the profile key; nothing once the picture was removed.
    picture BLOB
);

-- When an account's last connection ended, by the minute. Only of accounts that show their presence.
CREATE TABLE last_seen (
    account BLOB NOT NULL PRIMARY KEY REFERENCES accounts (id),
    time    INTEGER NOT NULL
);

CREATE TABLE links (
    id           BLOB NOT NULL PRIMARY KEY,
    conversation BLOB NOT NULL REFERENCES conversations (id),
    -- Ciphertext under the link's secret, which the server never sees.
    preview      BLOB NOT NULL,
    -- Nothing for never.
    expires      INTEGER
);
CREATE INDEX links_by_conversation ON links (conversation);
CREATE INDEX links_by_expiry ON links (expires);

-- Those who wait to be added by a link, at most one request for each account and conversation.
CREATE TABLE join_requests (
    id           BLOB NOT NULL PRIMARY KEY,
    conversation BLOB NOT NULL,
    link         BLOB NOT NULL REFERENCES links (id) ON DELETE CASCADE,
    account      BLOB NOT NULL,
    device       BLOB NOT NULL,
    key_package  BLOB NOT NULL,
    -- Under the link's secret: the members can check it, the server cannot.
    mac          BLOB NOT NULL,
    time         INTEGER NOT NULL,
    UNIQUE (conversation, account)
);
CREATE INDEX join_requests_by_link ON join_requests (link);
CREATE INDEX join_requests_by_account ON join_requests (account);

-- What people told the host's moderators: the reporter's word, which nothing here proves.
CREATE TABLE reports (
    -- Ascending, never used twice.
    number       INTEGER NOT NULL PRIMARY KEY,
    reporter     BLOB NOT NULL,
    -- Made by the client, so that repeating a report does nothing.
    report       BLOB NOT NULL,
    account      BLOB NOT NULL,
    conversation BLOB,
    comment      TEXT NOT NULL,
    -- CBOR: the messages as they travel.
    messages     BLOB NOT NULL,
    time         INTEGER NOT NULL,
    UNIQUE (reporter, report)
);

-- The newest report's number.
CREATE TABLE report_numbers (
    last INTEGER NOT NULL
);
INSERT INTO report_numbers (last) VALUES (0);
