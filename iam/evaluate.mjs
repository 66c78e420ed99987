// Answers authorization questions, one JSON document per line, with @cloud-copilot/iam-simulate (iam/engine.py asks).
//
// In:  {"policies": {<id>: <document>}}          documents that the questions after it name
//      {"id", "principal", "action", "resource", "account", "context",
//       "identity": [ids], "boundary": id|null, "resourcePolicy": id|null,
//       "endpointPolicy": id|null}
// Out: {"id", "result": "Allowed" | "ImplicitlyDenied" | "ExplicitlyDenied", "blockedBy": [kinds of policies],
//       "allow", "deny": [[policy id, index of the statement], ...], "unknownKeys": [condition keys that AWS does not know]}
//      {"id", "error": what is wrong with the question}
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const require = createRequire(join(process.argv[2], 'package.json'));
const { runSimulation } = require('@cloud-copilot/iam-simulate');

// The simulator knows variable condition keys by a slash (`aws:RequestTag/…`), and drops KMS's `kms:EncryptionContext:…` as
// unknown. Policies and questions say it here under a key that has one and that every action knows; it is compared the same.
const ENCRYPTION = 'kms:EncryptionContext:';
const renamed = (key) => (key.startsWith(ENCRYPTION) ? `aws:PrincipalTag/${key}` : key);
const rewritten = (document) => JSON.parse(JSON.stringify(document).replaceAll(`"${ENCRYPTION}`, `"aws:PrincipalTag/${ENCRYPTION}`));

const policies = new Map();
const named = (id) => ({ name: id, policy: policies.get(id) });
const KINDS = ['identityAnalysis', 'permissionBoundaryAnalysis', 'resourceAnalysis'];

async function answer(question) {
  const outcome = await runSimulation(
    {
      request: {
        principal: question.principal,
        action: question.action,
        resource: { resource: question.resource, accountId: question.account },
        contextVariables: Object.fromEntries(Object.entries(question.context).map(([key, value]) => [renamed(key), value])),
      },
      identityPolicies: question.identity.map(named),
      ...(question.boundary && { permissionBoundaryPolicies: [named(question.boundary)] }),
      ...(question.endpointPolicy && { vpcEndpointPolicies: [named(question.endpointPolicy)] }),
      ...(question.resourcePolicy && { resourcePolicy: policies.get(question.resourcePolicy) }),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    {},
  );
  if (outcome.resultType === 'error') return { error: outcome.errors };
  const results = outcome.resultType === 'single' ? [outcome.result] : outcome.results;
  const statements = (list) => {
    const found = results.flatMap(({ analysis }) =>
      KINDS.flatMap((kind) =>
        (analysis[kind]?.[list] ?? []).map(({ policyId, statement }) => [
          kind === 'resourceAnalysis' ? question.resourcePolicy : policyId,
          statement.index() - 1,
        ]),
      ),
    );
    return [...new Map(found.map((item) => [item.join(), item])).values()];
  };
  return {
    result: outcome.overallResult,
    blockedBy: [...new Set(results.flatMap(({ analysis }) => analysis.blockedBy ?? []))],
    allow: statements('allowStatements'),
    deny: statements('denyStatements'),
    unknownKeys: [...new Set(results.flatMap(({ ignoredContextKeys }) => ignoredContextKeys))],
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  const question = JSON.parse(line);
  if (question.policies) {
    for (const [id, document] of Object.entries(question.policies)) policies.set(id, rewritten(document));
    continue;
  }
  let reply;
  try {
    reply = await answer(question);
  } catch (error) {
    reply = { error: { message: String(error) } };
  }
  process.stdout.write(`${JSON.stringify({ id: question.id, ...reply })}\n`);
}
