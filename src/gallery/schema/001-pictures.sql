-- One row a picture file. Everything but the id can be made again from the files.
CREATE TABLE pictures (
    id              INTEGER PRIMARY KEY AUTOINCREMENT, -- never used twice: views hold ids
    file            TEXT    NOT NULL UNIQUE,           -- below the gallery's folder, "/" between parts
    created         INTEGER NOT NULL,                  -- milliseconds since 1970, UTC
    width_px        INTEGER NOT NULL CHECK (width_px >= 0),
    height_px       INTEGER NOT NULL CHECK (height_px >= 0),
    stars           INTEGER NOT NULL DEFAULT 0 CHECK (stars BETWEEN 0 AND 5),
    missing         INTEGER NOT NULL DEFAULT 0 CHECK (missing IN (0, 1)),
    content_hash    TEXT    NOT NULL,
    prompt          TEXT    NOT NULL,
    negative_prompt TEXT    NOT NULL,
    model           TEXT    NOT NULL,
    scheduler       TEXT    NOT NULL,
    seed            TEXT    NOT NULL,                  -- 64 bits without sign do not fit an INTEGER
    steps           INTEGER NOT NULL,
    guidance_scale  REAL    NOT NULL,
    parameters      TEXT    NOT NULL,
    record_json     TEXT    NOT NULL
);
-- With the stars, so that every list of ids is made from this index alone.
CREATE INDEX pictures_newest ON pictures (created DESC, id DESC, stars);
CREATE INDEX pictures_content ON pictures (content_hash);
