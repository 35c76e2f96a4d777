-- What accounts let others see and do, what is seen of them, links into groups and who asks to join, and reports.

-- No row: everything as by default.
CREATE TABLE account_settings (
    account         BYTEA NOT NULL PRIMARY KEY REFERENCES accounts (id),
    read_receipts   BOOLEAN NOT NULL,
    presence        BOOLEAN NOT NULL,
    -- 1 everyone, 2 who shares a group with it, 3 nobody new.
    who_may_message BIGINT NOT NULL
);

CREATE TABLE pictures (
    account BYTEA NOT NULL PRIMARY KEY REFERENCES accounts (id),
    version BIGINT NOT NULL,
    -- Ciphertext under the profile key; nothing once the picture was removed.
    picture BYTEA
);

-- When an account's last connection ended, by the minute. Only of accounts that show their presence.
CREATE TABLE last_seen (
    account BYTEA NOT NULL PRIMARY KEY REFERENCES accounts (id),
    time    BIGINT NOT NULL
);

CREATE TABLE links (
    id           BYTEA NOT NULL PRIMARY KEY,
    conversation BYTEA NOT NULL REFERENCES conversations (id),
    -- Ciphertext under the link's secret, which the server never sees.
    preview      BYTEA NOT NULL,
    -- Nothing for never.
    expires      BIGINT
);
CREATE INDEX links_by_conversation ON links (conversation);
CREATE INDEX links_by_expiry ON links (expires);

-- Those who wait to be added by a link, at most one request for each account and conversation.
CREATE TABLE join_requests (
    id           BYTEA NOT NULL PRIMARY KEY,
    conversation BYTEA NOT NULL,
    link         BYTEA NOT NULL REFERENCES links (id) ON DELETE CASCADE,
    account      BYTEA NOT NULL,
    device       BYTEA NOT NULL,
    key_package  BYTEA NOT NULL,
    -- Under the link's secret: the members can check it, the server cannot.
    mac          BYTEA NOT NULL,
    time         BIGINT NOT NULL,
    UNIQUE (conversation, account)
);
CREATE INDEX join_requests_by_link ON join_requests (link);
CREATE INDEX join_requests_by_account ON join_requests (account);

-- What people told the host's moderators: the reporter's word, which nothing here proves.
CREATE TABLE reports (
    -- Ascending, never used twice.
    number       BIGINT NOT NULL PRIMARY KEY,
    reporter     BYTEA NOT NULL,
    -- Made by the client, so that repeating a report does nothing.
    report       BYTEA NOT NULL,
    account      BYTEA NOT NULL,
    conversation BYTEA,
    comment      TEXT NOT NULL,
    -- CBOR: the messages as they travel.
    messages     BYTEA NOT NULL,
    time         BIGINT NOT NULL,
    UNIQUE (reporter, report)
);

-- The newest report's number.
CREATE TABLE report_numbers (
    last BIGINT NOT NULL
);
INSERT INTO report_numbers (last) VALUES (0);
