-- The client's database, version 2.

-- Registrations that were sent and whose answer has not come: the account may have been made. Without this its recovery
-- code would be lost with the answer.
CREATE TABLE registrations (
    account BLOB PRIMARY KEY,
    username TEXT NOT NULL,
    recovery_code TEXT NOT NULL
) WITHOUT ROWID;
