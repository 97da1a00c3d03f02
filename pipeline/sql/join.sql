SELECT t.*,
       r.{{ident .Text}},
       r.{{ident .Quality}},
       r.{{ident .Sentiment}}
FROM {{ident .Tabular}} t
INNER JOIN {{ident .Reviews}} r
        ON LOWER(r.{{ident .ID}}) = LOWER(t.{{ident .ID}})
