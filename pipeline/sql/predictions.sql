SELECT e.{{ident .ID}},
       c.MARGIN,
       c.PREDICTION,
       e.{{ident .Label}},
       CASE WHEN SUBSTR(MD5(e.{{ident .ID}} || {{lit .Seed}}), 1, 8) < {{lit .Fold}}
            THEN 1 ELSE 0 END AS FOLD
FROM {{ident .Encoded}} e
INNER JOIN EXPLAINED_CELLS c
        ON {{range $i, $f := .Features}}{{if $i}}
       AND {{end}}c.{{ident $f}} IS NOT DISTINCT FROM CAST(e.{{ident $f}} AS DOUBLE){{end}}
