// message-db 1.3: read the stream, fold it, write each message with the version expected; two
// messages of one command in one transaction. Its own functions do all of it inside the database.
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { args, decide, evolve, run } from './workload.mjs';

const pool = new pg.Pool({ connectionString: args.url, max: 10 });
const read = 'SELECT type, data FROM get_stream_messages($1::varchar)';
const write = 'SELECT write_message($1::varchar, $2::varchar, $3::varchar, $4::jsonb, NULL::jsonb, $5::bigint)';

await run(async (id, command) => {
  const stream = `case-${id}`;
  const client = await pool.connect();
  try {
    const { rows } = await client.query({ name: 'read', text: read, values: [stream] });
    const state = rows.reduce((state, row) => evolve(state, { type: row.type, data: JSON.parse(row.data) }), {});
    const events = decide(state, command);
    if (events.length > 1) await client.query('BEGIN');
    let version = rows.length - 1;
    for (const { type, data } of events) {
      await client.query({ name: 'write', text: write, values: [randomUUID(), stream, type, data, version++] });
    }
    if (events.length > 1) await client.query('COMMIT');
  } finally {
    client.release();
  }
});
await pool.end();
