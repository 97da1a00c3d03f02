SELECT e.COLUMN_NAME, e.CODE, e.CLASS, COALESCE(n.N, 0) AS CUSTOMERS
FROM ENCODERS e
LEFT JOIN ({{range $i, $c := .Encode}}{{if $i}}
           UNION ALL {{end}}SELECT {{lit $c}} AS COLUMN_NAME, {{ident $c}} AS CLASS, COUNT(*) AS N FROM {{ident $.Joined}} GROUP BY {{ident $c}}{{end}}) n
       ON n.COLUMN_NAME = e.COLUMN_NAME AND n.CLASS = e.CLASS
ORDER BY e.COLUMN_NAME, e.CODE
