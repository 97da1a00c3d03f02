SELECT {{range .Features}}CAST({{ident .}} AS DOUBLE) AS {{ident .}},
       {{end}}CAST({{ident .Label}} AS DOUBLE) AS LABEL,
       CASE{{range $i, $edge := .Folds}} WHEN SUBSTR(MD5({{ident $.ID}} || {{lit $.Seed}}), 9, 8) < {{lit $edge}} THEN {{$i}}
            {{end}} ELSE {{len .Folds}} END AS FOLD,
       COUNT(*) AS N
FROM {{ident .Encoded}}
WHERE {{ident .Label}} IS NOT NULL
  AND NOT (SUBSTR(MD5({{ident .ID}} || {{lit .Seed}}), 1, 8) < {{lit .Fold}})
GROUP BY ALL
