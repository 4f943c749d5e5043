import { describe, expect, it } from '@jest/globals';
import { verdictOfAudit, verdictOfSignatures } from './verdict.ts';

const url = 'https://github.com/advisories/GHSA-1234-5678-9abc';
const via = { source: 1, name: 'left-pad', title: 'Pads without end', url, severity: 'high', range: '<2' };
const report = (vulnerabilities: object) => JSON.stringify({ auditReportVersion: 2, vulnerabilities });
const found = report({
  'left-pad': { name: 'left-pad', severity: 'high', via: [via] },
  'uses-it': { name: 'uses-it', severity: 'high', via: ['left-pad'] },
});
const today = '2026-11-23';
const acceptance = {
  advisory: url,
  package: 'left-pad',
  reason: 'only pads our own constants',
  until: '2026-12-01',
};

describe('the verdict on vulnerabilities', () => {
  it('is clean when there are none', () => {
    expect(verdictOfAudit(report({}), [], today)).toEqual({ kind: 'clean', accepted: [] });
  });

  it('names a finding once, by its own package', () => {
    expect(verdictOfAudit(found, [], today)).toEqual({
      kind: 'findings',
      findings: [`left-pad (high): Pads without end, ${url}`],
    });
  });

  it('takes an accepted one until its day', () => {
    expect(verdictOfAudit(found, [acceptance], today)).toMatchObject({ kind: 'clean' });
    expect(verdictOfAudit(found, [acceptance], acceptance.until)).toMatchObject({ kind: 'findings' });
  });

  it.each([{ package: 'right-pad' }, { advisory: `${url}-2` }])('is not changed by %j', (other) => {
    expect(verdictOfAudit(found, [{ ...acceptance, ...other }], today)).toMatchObject({ kind: 'findings' });
  });

  it.each([
    [
      '{"message":"405 Method Not Allowed - POST https://registry/-/npm/v1/security/advisories/bulk"}',
      '405 Method Not Allowed - POST https://registry/-/npm/v1/security/advisories/bulk',
    ],
    [
      '{"error":{"code":"ENOTFOUND","summary":"request failed\\nIf you are behind a proxy"}}',
      'ENOTFOUND: request failed',
    ],
    ['', 'npm said nothing'],
    ['npm error\nnpm error network', 'npm error network'],
  ])('is that nobody was asked after %s', (output, why) => {
    expect(verdictOfAudit(output, [], today)).toEqual({ kind: 'not asked', why });
    expect(verdictOfSignatures(output)).toEqual({ kind: 'not asked', why });
  });
});

describe('the verdict on signatures', () => {
  const one = [{ name: 'left-pad', version: '1.0.0', location: 'node_modules/left-pad' }];
  it('is clean when all are there and right', () => {
    expect(verdictOfSignatures('{"invalid":[],"missing":[]}')).toEqual({ kind: 'clean', accepted: [] });
  });

  it.each([
    [{ invalid: one, missing: [] }, 'left-pad@1.0.0 has a signature or attestation that is not of its bytes'],
    [{ invalid: [], missing: one }, 'left-pad@1.0.0 has no signature, and its registry signs'],
  ])('names what is not: %j', (output, finding) => {
    expect(verdictOfSignatures(JSON.stringify(output))).toEqual({ kind: 'findings', findings: [finding] });
  });
});
