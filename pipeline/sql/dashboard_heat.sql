SELECT {{ident .Quality}},
       CASE WHEN {{ident .Sentiment}} < -0.33 THEN 'negative'
            WHEN {{ident .Sentiment}} > 0.33 THEN 'positive'
            ELSE 'neutral' END AS TONE,
       AVG(CAST({{ident .Label}} AS DOUBLE)) AS PURCHASE_RATE,
       COUNT(*) AS CUSTOMERS
FROM {{ident .Joined}}
WHERE {{ident .Quality}} IS NOT NULL AND {{ident .Sentiment}} IS NOT NULL
GROUP BY 1, 2
ORDER BY 1, 2
