SELECT {{ident .Quality}}, {{ident .Sentiment}}, {{ident .Group}}, {{ident .Label}}, {{ident .Text}}
FROM (SELECT j.*,
             ROW_NUMBER() OVER (PARTITION BY {{ident .Quality}} ORDER BY MD5({{ident .ID}})) AS PLACE
      FROM {{ident .Joined}} j) ranked
WHERE PLACE <= 4
ORDER BY {{ident .Quality}}, PLACE
