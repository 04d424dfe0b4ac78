-- SAMPLE is owned by the role `letters` (release, erasure). One sentence a grant: who, and for what.
-- load: puts people in, once; sees letter references and the blind index, to find repetitions. It opens nothing.
GRANT SELECT, INSERT, UPDATE, DELETE ON intake TO {load};
GRANT SELECT, INSERT ON person TO {load};
GRANT SELECT, INSERT ON reserve TO {load};
GRANT INSERT ON letter TO {load};
GRANT SELECT ON erasing TO {load};
GRANT SELECT ON schema_version TO {load};
