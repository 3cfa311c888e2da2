-- $rows is the number of rows in all, about.
SET session_replication_role = replica;
INSERT INTO shop.customers (email, name, address, balance, created_at)
SELECT 'customer' || n || '@shop.example', 'Customer ' || n,
  jsonb_build_object('street', n % 977 || ' Main Street', 'city', 'City ' || n % 213, 'zip', lpad((n % 99999)::text, 5, '0')),
  1000, timestamptz '2024-01-01' + n * interval '1 minute'
FROM generate_series(1, $rows * 5 / 100) n;

INSERT INTO shop.products (sku, name, price, tags, attributes, description)
SELECT 'SKU-' || n, 'Product ' || n, (n % 9000) / 100.0 + 1, ARRAY['tag' || n % 7, 'tag "' || n % 11 || '"'],
  hstore('colour', (ARRAY['red', 'green', NULL])[n % 3 + 1]), repeat(md5(n::text), CASE WHEN n % 10 = 0 THEN 100 ELSE 3 END)
FROM generate_series(1, greatest($rows / 100, 10)) n;

INSERT INTO shop.orders (customer_id, status, placed_at, total)
SELECT n % ($rows * 5 / 100) + 1, (ARRAY['new', 'paid', 'shipped', 'delivered', 'cancelled']::shop.order_status[])[n % 5 + 1],
  timestamptz '2025-01-01' + n * interval '13 seconds', (n % 50000) / 100.0
FROM generate_series(1, $rows * 20 / 100) n;

INSERT INTO shop.order_lines (order_id, line, sku, quantity, price, note)
SELECT n / 3 + 1, n % 3 + 1, 'SKU-' || n % greatest($rows / 100, 10) + 1, n % 9 + 1, (n % 9000) / 100.0, CASE WHEN n % 4 = 0 THEN 'gift for ' || n END
FROM generate_series(0, $rows * 54 / 100) n;

INSERT INTO shop.payments (id, order_id, amount, method, paid_at)
SELECT md5(n::text)::uuid, n % ($rows * 20 / 100) + 1, (n % 50000) / 100.0, (ARRAY['card', 'transfer', 'cash'])[n % 3 + 1],
  timestamptz '2025-01-01' + n * interval '17 seconds'
FROM generate_series(1, $rows * 15 / 100) n;

INSERT INTO shop.events (at, kind, data)
SELECT timestamptz '2025-06-01' + n / 2 * interval '1 second', 'visit', jsonb_build_object('page', n / 2 % 50)
FROM generate_series(1, $rows * 5 / 100) n;

INSERT INTO shop."Every Type"
SELECT n, n, 9007199254740993 + n, n / 3.0, n / 7.0, n::numeric / 3, n / 4.0, n / 4.0,
  n % 2 = 0, B'1010101010', B'11', 'ab', 'label ' || n, 'NiCk' || n, decode(md5(n::text), 'hex'),
  date '2024-02-29' + n, time '12:34:56.789012', timetz '12:34:56.789+02:30', timestamp '2024-02-29 12:34:56.789012', timestamptz '2024-02-29 12:34:56.789012+02', interval '1 year 2 mons 3 days 04:05:06.789',
  '{"a": [1, 2.50, null]}', '{"b": {"c": "d"}}', 'a=>1, b=>NULL', md5(n::text)::uuid, '192.168.1.5/24', '10.0.0.0/8', '08:00:2b:01:02:03',
  int4range(n, n + 10), '[2024-01-01,2024-02-01)', '{[1,3),[5,7)}', point(n, 2), '((1,2),(3,4),(5,6))', '<(1,2),3>',
  'fat:1 cat:2', '16/B374D848', 'paid', n, ('(' || n || ',2,"c""m,")')::shop.size,
  ARRAY[1, NULL, n], ARRAY['a', 'b,c', NULL, 'd"e\'], ARRAY[1.50, -2.25], ARRAY['new', 'paid']::shop.order_status[], ARRAY[[1, 2], [3, n]]
FROM generate_series(1, 500) n;
INSERT INTO shop."Every Type" ("Id", "real", "double", exact, price, day, moment, moment_zone, label, texts) VALUES
  (-1, 'NaN', '-Infinity', 'NaN', NULL, 'infinity', '-infinity', 'infinity', '', '{}'),
  (-2, '-0', '1e-300', -1234567890123456789012345678901234567890.5, -9999999999.99, '0044-03-15 BC', '0044-03-15 12:00 BC', '0001-01-01 00:00+00', 'ünï 🚀 "q" \ back', '{"",NULL}'),
  (-3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
RESET session_replication_role;
ANALYZE;
