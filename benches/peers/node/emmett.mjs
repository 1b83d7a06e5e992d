// emmett 0.42: its command handler over its PostgreSQL event store, as its guide shows.
import { CommandHandler } from '@event-driven-io/emmett';
import { getPostgreSQLEventStore } from '@event-driven-io/emmett-postgresql';
import { args, decide, evolve, run } from './workload.mjs';

const store = getPostgreSQLEventStore(args.url);
await store.schema.migrate();
const handle = CommandHandler({ evolve, initialState: () => ({}) });
await run((id, command) => handle(store, `case-${id}`, (state) => decide(state, command)));
await store.close();
process.exit(0);
