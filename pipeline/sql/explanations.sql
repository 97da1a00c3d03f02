SELECT e.{{ident .ID}}{{range .Features}},
       c.{{explanation .}}{{end}},
       c.BIAS
FROM {{ident .Encoded}} e
INNER JOIN EXPLAINED_CELLS c
        ON {{range $i, $f := .Features}}{{if $i}}
       AND {{end}}c.{{ident $f}} IS NOT DISTINCT FROM CAST(e.{{ident $f}} AS DOUBLE){{end}}
