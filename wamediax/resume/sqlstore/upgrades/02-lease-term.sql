-- v1 -> v2 (compatible with v1+): How long a lease lasts, to recognise one that a jump of the clock has made longer
ALTER TABLE wamediax_lease ADD COLUMN term BIGINT NOT NULL DEFAULT 86400000; -- ms; the default is for leases of v1
