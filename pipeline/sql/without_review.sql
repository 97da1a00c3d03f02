SELECT t.*
FROM {{ident .Tabular}} t
WHERE NOT EXISTS (SELECT 1 FROM {{ident .Reviews}} r WHERE LOWER(r.{{ident .ID}}) = LOWER(t.{{ident .ID}}))
ORDER BY t.{{ident .ID}}
