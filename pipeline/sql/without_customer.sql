SELECT r.*
FROM {{ident .Reviews}} r
WHERE NOT EXISTS (SELECT 1 FROM {{ident .Tabular}} t WHERE LOWER(t.{{ident .ID}}) = LOWER(r.{{ident .ID}}))
ORDER BY r.{{ident .ID}}
