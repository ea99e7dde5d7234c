-- v0 -> v1: Unfinished uploads, and who is at work on them
-- Both keys are the SHA-256 of the upload's key. Times are in milliseconds since 1970.
CREATE TABLE wamediax_upload (
	key     bytea  PRIMARY KEY,
	record  bytea  NOT NULL, -- holds the media key
	updated BIGINT NOT NULL,
	expires BIGINT           -- NULL: never
);

CREATE TABLE wamediax_lease (
	key     bytea  PRIMARY KEY,
	holder  TEXT   NOT NULL, -- at random, another one for every time that the lease is taken
	expires BIGINT NOT NULL  -- by the database's clock
);
