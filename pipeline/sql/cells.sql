SELECT {{range .Features}}CAST({{ident .}} AS DOUBLE) AS {{ident .}},
       {{end}}CAST({{ident .Label}} AS DOUBLE) AS LABEL,
       CASE WHEN SUBSTR(MD5({{ident .ID}} || {{lit .Seed}}), 1, 8) < {{lit .Fold}}
            THEN 1 ELSE 0 END AS FOLD,
       COUNT(*) AS N
FROM {{ident .Encoded}}
WHERE {{ident .Label}} IS NOT NULL
GROUP BY ALL
