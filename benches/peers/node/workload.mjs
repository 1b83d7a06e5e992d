// The fixed lifecycle workload for the peers in JavaScript: the texts and rules of src/lib.rs.
import { parseArgs } from 'node:util';
import { v7 as uuid } from 'uuid';

export const args = (() => {
  const { values } = parseArgs({
    options: { 'database-url': { type: 'string' }, cases: { type: 'string' }, 'in-flight': { type: 'string' } },
  });
  return { url: values['database-url'], cases: Number(values.cases), inFlight: Number(values['in-flight']) };
})();

const unit = '320506-cq-lq-g03';
const facts = {
  Registered: {
    case_no: '20261120-7K3QD', source: '12345-hotline', channel: 'phone',
    title: '小区南门道路积水无人清理',
    text: '连续下雨后南门外道路积水，老人和孩子出行不便，希望尽快疏通并说明原因。'.repeat(3),
    address: '长桥街道龙桥社区南门外一百米路口', reporter: '王女士 13800000000',
  },
  Classified: {
    item: '0103', item_name: '市政设施·道路积水', place: '长桥街道龙桥社区第三网格', rule: 'catalogue 2026-01 row 0103',
  },
  Dispatched: {
    unit, rung: 'grid', sign_due_at: '2026-11-20T10:30:00+08:00', resolve_due_at: '2026-11-25T17:30:00+08:00',
    rule: '首接负责；签收二小时，办结三个工作日',
  },
  Acknowledged: { unit, handler: 'user:handler', note: '已签收，网格员十分钟内到场' },
  ResultSubmitted: {
    unit, solved: true,
    reply: '已现场处置，疏通雨水口两处，道路恢复畅通，并加强巡查，向来电人说明。'.repeat(2) + '请放心出行。',
  },
  CalledBack: {
    contacted: true, solved: true, satisfaction: 'satisfied',
    note: '来电人表示积水已清，对处理结果满意，感谢工作人员',
  },
  Closed: {
    closed_at: '2026-11-20T16:05:00+08:00', on_time: true, outcome: 'solved',
    note: '按时办结，回访满意，归档；如再积水可随时来电重办',
  },
};

// Command: what must have happened last, and what happens then.
const rules = {
  Register: [undefined, 'Registered', 'Classified'],
  Dispatch: ['Classified', 'Dispatched'],
  Acknowledge: ['Dispatched', 'Acknowledged'],
  SubmitResult: ['Acknowledged', 'ResultSubmitted'],
  CallBack: ['ResultSubmitted', 'CalledBack', 'Closed'],
};

export const decide = (state, command) => {
  const [last, ...types] = rules[command];
  if (state.last !== last) throw new Error(`${command} is not possible now`);
  return types.map((type) => ({ type, data: facts[type] }));
};

export const evolve = (state, { type, data }) => ({
  last: type,
  unit: data.unit ?? state.unit,
  solved: type === 'ResultSubmitted' ? data.solved : (state.solved ?? false),
});

/** Lives all the cases and prints the figures as the last line. */
export const run = async (execute) => {
  let next = 0;
  const latencies = [];
  const work = async () => {
    while (next++ < args.cases) {
      const id = uuid();
      for (const command of Object.keys(rules)) {
        const asked = performance.now();
        await execute(id, command);
        latencies.push(performance.now() - asked);
      }
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: args.inFlight }, work));
  const seconds = (performance.now() - started) / 1000;
  latencies.sort((a, b) => a - b);
  const at = (share) => latencies[Math.min(Math.floor(latencies.length * share), latencies.length - 1)];
  console.log(JSON.stringify({
    commands: latencies.length,
    seconds,
    commands_per_s: latencies.length / seconds,
    events_per_s: (args.cases * 7) / seconds,
    p50_ms: at(0.5),
    p99_ms: at(0.99),
  }));
};
