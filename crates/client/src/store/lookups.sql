-- Version 7: indexes for the list and for searches without words.

CREATE INDEX join_requests_conversation ON join_requests (conversation);

-- What is searched without words comes from these, newest first.
ALTER TABLE timeline ADD COLUMN has_link INTEGER GENERATED ALWAYS AS (
    text LIKE '%http://_%' OR text LIKE '%https://_%' OR text LIKE '%www._%') VIRTUAL;
CREATE INDEX timeline_said ON timeline (time) WHERE kind = 0 AND text IS NOT NULL AND deleted = 0;
CREATE INDEX timeline_said_by ON timeline (sender, time) WHERE kind = 0 AND text IS NOT NULL AND deleted = 0;
CREATE INDEX timeline_links ON timeline (time)
    WHERE kind = 0 AND text IS NOT NULL AND deleted = 0 AND has_link = 1;
CREATE INDEX timeline_polls ON timeline (time)
    WHERE kind = 0 AND text IS NOT NULL AND deleted = 0 AND poll IS NOT NULL;
