/** One script a version; `user_version` counts how many have run. A released script is never changed. */
export const migrations: readonly string[] = [
  `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

  CREATE TABLE users (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, animal TEXT NOT NULL, pen INTEGER NOT NULL, created_at INTEGER NOT NULL
  ) WITHOUT ROWID;

  CREATE TABLE projects (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, template TEXT NOT NULL, created_at INTEGER NOT NULL,
    settings TEXT NOT NULL, training TEXT NOT NULL, training_paused INTEGER NOT NULL, owner_link_hash TEXT,
    drawing_seq INTEGER NOT NULL DEFAULT 0
  ) WITHOUT ROWID;

  CREATE TABLE codes (
    code TEXT PRIMARY KEY, project_id TEXT NOT NULL REFERENCES projects, role TEXT NOT NULL,
    active INTEGER NOT NULL, used_at INTEGER NOT NULL, UNIQUE (project_id, role)
  ) WITHOUT ROWID;

  CREATE TABLE members (
    project_id TEXT NOT NULL REFERENCES projects, user_id TEXT NOT NULL, role TEXT NOT NULL, joined_at INTEGER NOT NULL,
    PRIMARY KEY (project_id, user_id)
  ) WITHOUT ROWID;
  CREATE INDEX members_by_user ON members (user_id, joined_at);

  CREATE TABLE classes (
    id TEXT PRIMARY KEY, project_id TEXT NOT NULL REFERENCES projects, name TEXT NOT NULL, name_key TEXT NOT NULL,
    number INTEGER NOT NULL, removed INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX classes_by_project ON classes (project_id, number);
  CREATE UNIQUE INDEX class_names ON classes (project_id, name_key) WHERE removed = 0;
  CREATE UNIQUE INDEX class_numbers ON classes (project_id, number) WHERE removed = 0;

  CREATE TABLE canvases (
    id TEXT PRIMARY KEY, project_id TEXT NOT NULL REFERENCES projects, generation INTEGER NOT NULL, owner_id TEXT,
    name TEXT NOT NULL, open_to TEXT NOT NULL, created_at INTEGER NOT NULL, deleted INTEGER NOT NULL,
    position INTEGER NOT NULL DEFAULT 0
  ) WITHOUT ROWID;
  CREATE INDEX canvases_by_project ON canvases (project_id, created_at);
  CREATE TABLE canvas_snapshots (
    canvas_id TEXT PRIMARY KEY REFERENCES canvases, position INTEGER NOT NULL, bytes BLOB NOT NULL
  );
  CREATE TABLE canvas_updates (
    canvas_id TEXT NOT NULL REFERENCES canvases, position INTEGER NOT NULL, bytes BLOB NOT NULL,
    PRIMARY KEY (canvas_id, position)
  );
  CREATE TABLE canvas_clients (
    canvas_id TEXT NOT NULL REFERENCES canvases, client_id INTEGER NOT NULL, user_id TEXT NOT NULL,
    PRIMARY KEY (canvas_id, client_id)
  ) WITHOUT ROWID;

  CREATE TABLE drawings (
    id TEXT PRIMARY KEY, project_id TEXT NOT NULL REFERENCES projects, canvas_id TEXT NOT NULL, page_id TEXT NOT NULL,
    contributor_ids TEXT NOT NULL, split TEXT NOT NULL, at INTEGER NOT NULL, withdrawn INTEGER NOT NULL,
    class_id TEXT, to_sort INTEGER NOT NULL, seq INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE UNIQUE INDEX drawings_by_seq ON drawings (project_id, seq);
  CREATE INDEX drawings_by_page ON drawings (canvas_id, page_id, seq);
  CREATE INDEX drawings_by_class ON drawings (project_id, class_id, seq) WHERE withdrawn = 0 AND class_id IS NOT NULL;
  CREATE INDEX drawings_to_sort ON drawings (project_id, seq) WHERE withdrawn = 0 AND to_sort = 1;
  CREATE TABLE drawing_strokes (drawing_id TEXT PRIMARY KEY REFERENCES drawings, bytes BLOB NOT NULL);
  CREATE TABLE drawing_keys (
    project_id TEXT NOT NULL REFERENCES projects, key TEXT NOT NULL, drawing_id TEXT NOT NULL REFERENCES drawings,
    PRIMARY KEY (project_id, key)
  ) WITHOUT ROWID;
  CREATE TABLE opinions (
    drawing_id TEXT NOT NULL REFERENCES drawings, number INTEGER NOT NULL, class_id TEXT, user_id TEXT NOT NULL,
    at INTEGER NOT NULL, key TEXT NOT NULL, PRIMARY KEY (drawing_id, number)
  ) WITHOUT ROWID;
  CREATE TABLE drawing_counts (
    project_id TEXT NOT NULL REFERENCES projects, pile TEXT NOT NULL, split TEXT NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (project_id, pile, split)
  ) WITHOUT ROWID;

  CREATE TABLE predictions (
    number INTEGER PRIMARY KEY AUTOINCREMENT, project_id TEXT NOT NULL, at INTEGER NOT NULL, prediction TEXT NOT NULL,
    class_ids TEXT NOT NULL, drawing_id TEXT
  );
  CREATE INDEX predictions_by_project ON predictions (project_id, number);
  CREATE TABLE accuracy (
    number INTEGER PRIMARY KEY AUTOINCREMENT, project_id TEXT NOT NULL, at INTEGER NOT NULL, step INTEGER NOT NULL,
    share REAL NOT NULL, low REAL NOT NULL, high REAL NOT NULL, kind TEXT NOT NULL
  );
  CREATE INDEX accuracy_by_project ON accuracy (project_id, number);

  CREATE TABLE checkpoints (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, project_id TEXT NOT NULL, at INTEGER NOT NULL,
    step INTEGER NOT NULL, reason TEXT NOT NULL, checksum TEXT NOT NULL, bytes INTEGER NOT NULL,
    pinned INTEGER NOT NULL, accuracy REAL
  );
  CREATE INDEX checkpoints_by_project ON checkpoints (project_id, number);
  CREATE TABLE checkpoint_chunks (
    checkpoint_id TEXT NOT NULL, number INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (checkpoint_id, number)
  );
  `,
  `
  ALTER TABLE projects ADD COLUMN hand TEXT NOT NULL DEFAULT
    '{"frozenAll":false,"frozenCanvasIds":[],"labelsLocked":false,"namesHidden":false,"lobby":false,"ended":false}';
  `,
  `
  ALTER TABLE checkpoints ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
  ALTER TABLE checkpoints ADD COLUMN name TEXT;
  ALTER TABLE checkpoints ADD COLUMN accuracy_kind TEXT;
  ALTER TABLE checkpoints ADD COLUMN loss REAL;
  ALTER TABLE checkpoints ADD COLUMN trained_to INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE checkpoints ADD COLUMN class_ids TEXT NOT NULL DEFAULT '[]';
  ALTER TABLE checkpoints ADD COLUMN from_id TEXT;
  `,
  `
  ALTER TABLE drawing_strokes ADD COLUMN raster BLOB;
  ALTER TABLE drawing_strokes ADD COLUMN raster_recipe TEXT;
  ALTER TABLE drawing_strokes ADD COLUMN raster_version INTEGER;

  ALTER TABLE drawings ADD COLUMN first_seq INTEGER NOT NULL DEFAULT 1;
  UPDATE drawings SET first_seq = seq
    WHERE withdrawn = 0 AND (SELECT count(*) FROM opinions WHERE drawing_id = drawings.id) < 2;
  CREATE INDEX drawings_of_class ON drawings (project_id, class_id, seq, split, withdrawn);
  CREATE INDEX drawings_of_split ON drawings (project_id, split, seq, withdrawn);
  CREATE INDEX drawings_withdrawn ON drawings (project_id, seq) WHERE withdrawn = 1;
  CREATE INDEX drawing_keys_by_drawing ON drawing_keys (drawing_id);

  CREATE TABLE drawing_authors (
    drawing_id TEXT NOT NULL REFERENCES drawings, user_id TEXT NOT NULL, project_id TEXT NOT NULL, class_id TEXT,
    seq INTEGER NOT NULL, split TEXT NOT NULL, withdrawn INTEGER NOT NULL, PRIMARY KEY (drawing_id, user_id)
  ) WITHOUT ROWID;
  INSERT INTO drawing_authors (drawing_id, user_id, project_id, class_id, seq, split, withdrawn)
    SELECT DISTINCT drawings.id, author.value, project_id, class_id, seq, split, withdrawn
    FROM drawings, json_each(drawings.contributor_ids) AS author;
  CREATE INDEX drawing_authors_by_class ON drawing_authors (project_id, user_id, class_id, seq, split, withdrawn);
  CREATE INDEX drawing_authors_by_seq ON drawing_authors (project_id, user_id, seq, split, withdrawn);
  CREATE TRIGGER drawing_authors_added AFTER INSERT ON drawings BEGIN
    INSERT INTO drawing_authors (drawing_id, user_id, project_id, class_id, seq, split, withdrawn)
      SELECT DISTINCT NEW.id, value, NEW.project_id, NEW.class_id, NEW.seq, NEW.split, NEW.withdrawn
      FROM json_each(NEW.contributor_ids);
  END;
  CREATE TRIGGER drawing_authors_changed AFTER UPDATE OF class_id, seq, split, withdrawn ON drawings BEGIN
    UPDATE drawing_authors SET class_id = NEW.class_id, seq = NEW.seq, split = NEW.split, withdrawn = NEW.withdrawn
      WHERE drawing_id = NEW.id;
  END;
  CREATE TRIGGER drawing_authors_gone BEFORE DELETE ON drawings BEGIN
    DELETE FROM drawing_authors WHERE drawing_id = OLD.id;
  END;

  CREATE TABLE deletions (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, project_id TEXT NOT NULL REFERENCES projects,
    at INTEGER NOT NULL, by_user_id TEXT NOT NULL, kind TEXT NOT NULL, user_id TEXT, drawings INTEGER NOT NULL,
    first_seq INTEGER NOT NULL
  );
  CREATE INDEX deletions_by_project ON deletions (project_id, number);
  CREATE TABLE deleted_pages (
    canvas_id TEXT NOT NULL, page_id TEXT NOT NULL, project_id TEXT NOT NULL REFERENCES projects,
    PRIMARY KEY (canvas_id, page_id)
  ) WITHOUT ROWID;
  CREATE INDEX deleted_pages_by_project ON deleted_pages (project_id);

  ALTER TABLE predictions ADD COLUMN id TEXT;
  UPDATE predictions SET id = lower(hex(randomblob(16)));
  CREATE UNIQUE INDEX predictions_by_id ON predictions (id);
  CREATE INDEX predictions_by_time ON predictions (project_id, at);
  CREATE INDEX predictions_by_drawing ON predictions (drawing_id) WHERE drawing_id IS NOT NULL;
  CREATE INDEX predictions_by_page ON predictions (project_id, json_extract(prediction, '$.pageId'));
  `,
  `
  ALTER TABLE checkpoints ADD COLUMN family TEXT NOT NULL DEFAULT 'cnn';
  `,
]
