SELECT COUNT(*) AS CUSTOMERS,
       AVG(CAST({{ident .Label}} AS DOUBLE)) AS PURCHASE_RATE,
       AVG({{ident .Sentiment}}) AS SENTIMENT,
       AVG(CAST({{ident .Rating}} AS DOUBLE)) AS RATING,
       AVG(CASE WHEN {{ident .Quality}} = {{lit (index .Labels 0)}} THEN 1.0 ELSE 0.0 END) AS DETAILED
FROM {{ident .Joined}}
