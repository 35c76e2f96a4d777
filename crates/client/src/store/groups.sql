-- Version 5: state of groups, leaving, links.

-- What is known of a conversation's state and roles beside its name and timer.
CREATE TABLE conversation_state (
    conversation BLOB PRIMARY KEY,
    description TEXT NOT NULL DEFAULT '',
    picture TEXT,                        -- in `pictures`
    record BLOB,                         -- the state as its writer signed it; nothing before there was a signed one
    add_admins INTEGER NOT NULL DEFAULT 1,       -- only admins add people
    edit_admins INTEGER NOT NULL DEFAULT 1,      -- only admins change the state
    post_admins INTEGER NOT NULL DEFAULT 0,      -- only admins send messages
    previous_key BLOB,                   -- the conversation key before the present one
    rekey_by BLOB                        -- who is to make the next one; empty for nobody, nothing if not known
) WITHOUT ROWID;

-- Who leaves a group and was not yet removed, the own account included.
CREATE TABLE leaving (
    conversation BLOB NOT NULL,
    account BLOB NOT NULL,
    statement BLOB NOT NULL,             -- as it was signed
    PRIMARY KEY (conversation, account)
) WITHOUT ROWID;

-- Who could change a group's state while this device was in it and had not read it yet, and cannot any more.
CREATE TABLE former_editors (
    conversation BLOB NOT NULL,
    account BLOB NOT NULL,
    PRIMARY KEY (conversation, account)
) WITHOUT ROWID;

-- Who asks to be let into a group of which this account is an admin, and waits for an answer.
CREATE TABLE join_requests (
    request BLOB PRIMARY KEY,
    conversation BLOB NOT NULL,
    link BLOB NOT NULL,
    account BLOB NOT NULL,
    key_package BLOB NOT NULL,
    time INTEGER NOT NULL
) WITHOUT ROWID;

-- Groups that this device has asked to be let into.
CREATE TABLE asked (
    conversation BLOB PRIMARY KEY,
    link BLOB NOT NULL,
    key_package BLOB NOT NULL,
    mac BLOB NOT NULL,
    told INTEGER NOT NULL DEFAULT 0      -- the server has the request
) WITHOUT ROWID;

CREATE INDEX members_account ON members (account);
CREATE INDEX timeline_notices ON timeline (conversation, sort) WHERE kind = 2;
