/**
 * What somebody would write who needs nothing but an answer: the peers of `reads`, each a process. They keep what the
 * product answered, in Redis as JSON by id, in Postgres as the rows of its history, and check nothing that they are sent.
 */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type Express } from 'express';
import { Redis } from 'ioredis';
import pg from 'pg';
import { type Bare, hashes, type Opening } from './bare.ts';
import { answer } from './child.ts';

answer(async (asked) => {
  const { bare, redisUrl, databaseUrl } = asked as Opening;
  const server = createServer(listener(bare, redisUrl, databaseUrl));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
});

function listener(bare: Bare, redisUrl: string, databaseUrl: string): RequestListener {
  switch (bare) {
    case 'node:http + Redis':
      return nodeOverRedis(new Redis(redisUrl));
    case 'express + Redis':
      return expressOverRedis(new Redis(redisUrl));
    case 'express + Postgres':
      return expressOverPostgres(new pg.Pool({ connectionString: databaseUrl }));
  }
}

function nodeOverRedis(redis: Redis): RequestListener {
  const place = (url = ''): [hash: string, field: string] => {
    if (url.startsWith('/waitings?')) return [hashes.list, url.slice(url.indexOf('=') + 1)];
    const field = url.slice(url.lastIndexOf('/') + 1);
    return [url.startsWith('/waitings/order/') ? hashes.order : hashes.waiting, field];
  };
  return (req, res) => {
    void redis.hget(...place(req.url)).then((text) => {
      res.writeHead(text === null ? 404 : 200, { 'Content-Type': 'application/json' }).end(text);
    });
  };
}

const asked = (req: express.Request): string => req.query['restaurantId'] as string;

function expressOverRedis(redis: Redis): Express {
  const app = express();
  const send = async (res: express.Response, hash: string, field: string): Promise<void> => {
    const text = await redis.hget(hash, field);
    if (text === null) res.sendStatus(404);
    else res.type('json').send(text);
  };
  app.get('/waitings/order/:restaurantId/:id', (req, res) => send(res, hashes.order, req.params.id));
  app.get('/waitings/:id', (req, res) => send(res, hashes.waiting, req.params.id));
  app.get('/waitings', (req, res) => send(res, hashes.list, asked(req)));
  return app;
}

const orderOf = `
  SELECT own.*, (
    SELECT count(*) FROM waitings AS other
    WHERE other.restaurant_id = own.restaurant_id AND other.waiting_id < own.waiting_id
      AND other.deleted_at IS NULL AND other.finished_at IS NULL
  ) AS teams_ahead
  FROM waitings AS own WHERE own.waiting_id = $1`;
const waitingOf = 'SELECT * FROM waitings WHERE waiting_id = $1';
const listOf =
  'SELECT * FROM waitings WHERE restaurant_id = $1 AND deleted_at IS NULL ORDER BY waiting_id LIMIT 100';

function expressOverPostgres(pool: pg.Pool): Express {
  const app = express();
  const one = async (res: express.Response, sql: string, id: string): Promise<void> => {
    const { rows } = await pool.query<object>(sql, [id]);
    if (rows[0]) res.json(rows[0]);
    else res.sendStatus(404);
  };
  app.get('/waitings/order/:restaurantId/:id', (req, res) => one(res, orderOf, req.params.id));
  app.get('/waitings/:id', (req, res) => one(res, waitingOf, req.params.id));
  app.get('/waitings', async (req, res) => {
    const { rows } = await pool.query<object>(listOf, [asked(req)]);
    res.json({ items: rows, nextCursor: null });
  });
  return app;
}
