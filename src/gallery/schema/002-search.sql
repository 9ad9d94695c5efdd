-- Search by any three letters in a row, in what a person typed and what the picture says about its making.
-- The text is folded to one case by the program, so that every script is found in any case.
ALTER TABLE pictures ADD COLUMN search_text TEXT NOT NULL DEFAULT '';
UPDATE pictures SET search_text = lower(prompt || char(10) || negative_prompt || char(10) || parameters);
CREATE VIRTUAL TABLE picture_text USING fts5 (
    search_text, content = 'pictures', content_rowid = 'id', tokenize = 'trigram'
);
INSERT INTO picture_text (picture_text) VALUES ('rebuild');
CREATE TRIGGER picture_text_insert AFTER INSERT ON pictures BEGIN
    INSERT INTO picture_text (rowid, search_text) VALUES (new.id, new.search_text);
END;
CREATE TRIGGER picture_text_delete AFTER DELETE ON pictures BEGIN
    INSERT INTO picture_text (picture_text, rowid, search_text) VALUES ('delete', old.id, old.search_text);
END;
CREATE TRIGGER picture_text_update AFTER UPDATE OF search_text ON pictures BEGIN
    INSERT INTO picture_text (picture_text, rowid, search_text) VALUES ('delete', old.id, old.search_text);
    INSERT INTO picture_text (rowid, search_text) VALUES (new.id, new.search_text);
END;
