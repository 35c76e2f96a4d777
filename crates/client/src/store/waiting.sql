-- Version 6: what waits for the server: messages that may have to disappear, reports.

-- Messages whose time seems to have come, and what is about them, until the clocks are compared: shown nowhere, not lost.
-- A column that the tables which they come from get later is added to these as well.
CREATE TABLE withheld AS SELECT * FROM timeline WHERE 0;
CREATE TABLE withheld_amendments AS SELECT * FROM amendments WHERE 0;

-- Seconds from the entry's time: `expires` follows from it once there is an entry.
ALTER TABLE amendments ADD COLUMN expires_in INTEGER;
ALTER TABLE withheld_amendments ADD COLUMN expires_in INTEGER;
UPDATE amendments SET expires_in = (expires - time) / 1000, expires = NULL WHERE seq IS NULL AND expires IS NOT NULL;

-- Last-resort key packages of this device whose private keys are here.
CREATE TABLE last_resorts (
    reference BLOB PRIMARY KEY,
    replaced INTEGER                     -- when the server got another one; by this device's clock
) WITHOUT ROWID;

-- Reports to the moderators that the server does not have yet.
CREATE TABLE reports (
    report BLOB PRIMARY KEY,             -- the id under which it goes, however often
    request BLOB NOT NULL                -- CBOR, as it goes
) WITHOUT ROWID;
