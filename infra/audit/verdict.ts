/** What npm says of the locked packages, as what to do: go on, mend, or know that nobody could be asked. */
import { z } from 'zod';

/** A finding that is lived with for a while, and why. */
export const acceptances = z.array(
  z.strictObject({
    /** Such as https://github.com/advisories/GHSA-…; what the finding is known by. */
    advisory: z.url(),
    package: z.string(),
    reason: z.string().min(20),
    /** From this day on it counts again. */
    until: z.iso.date(),
  }),
);
export type Acceptances = z.infer<typeof acceptances>;

export type Verdict =
  | { readonly kind: 'clean'; readonly accepted: readonly string[] }
  | { readonly kind: 'findings'; readonly findings: readonly string[] }
  /** The registry does not serve it, or is out of reach: nothing is known. */
  | { readonly kind: 'not asked'; readonly why: string };

const advisory = z.object({ name: z.string(), title: z.string(), url: z.string(), severity: z.string() });
const audited = z.object({
  vulnerabilities: z.record(z.string(), z.object({ via: z.array(z.union([z.string(), advisory])) })),
});
const unsigned = z.object({ name: z.string(), version: z.string() });
const signatures = z.object({ invalid: z.array(unsigned), missing: z.array(unsigned) });

/** Of `npm audit --json`. `today` is YYYY-MM-DD. */
export function verdictOfAudit(output: string, accepted: Acceptances, today: string): Verdict {
  const { success, data } = audited.safeParse(parsed(output));
  if (!success) return { kind: 'not asked', why: whyOf(output) };
  // A package is named for what it depends on, too; the advisories themselves stand where they belong.
  const found = Object.values(data.vulnerabilities).flatMap(({ via }) =>
    via.flatMap((each) => (typeof each === 'string' ? [] : [each])),
  );
  const isAccepted = (each: z.infer<typeof advisory>): boolean =>
    accepted.some(({ advisory: url, package: name, until }) => {
      return url === each.url && name === each.name && today < until;
    });
  const shown = ({ name, severity, title, url }: z.infer<typeof advisory>): string =>
    `${name} (${severity}): ${title}, ${url}`;
  const open = [...new Set(found.filter((each) => !isAccepted(each)).map(shown))];
  if (open.length > 0) return { kind: 'findings', findings: open };
  return { kind: 'clean', accepted: [...new Set(found.map(shown))] };
}

/** Of `npm audit signatures --json`. */
export function verdictOfSignatures(output: string): Verdict {
  const { success, data } = signatures.safeParse(parsed(output));
  if (!success) return { kind: 'not asked', why: whyOf(output) };
  const shown = (what: string) => (each: z.infer<typeof unsigned>) => `${each.name}@${each.version} ${what}`;
  const findings = [
    ...data.invalid.map(shown('has a signature or attestation that is not of its bytes')),
    ...data.missing.map(shown('has no signature, and its registry signs')),
  ];
  return findings.length > 0 ? { kind: 'findings', findings } : { kind: 'clean', accepted: [] };
}

function parsed(output: string): unknown {
  try {
    return JSON.parse(output);
  } catch {
    return null; // what npm says when it fails is no JSON
  }
}

const failure = z.union([
  z.object({ message: z.string().min(1) }).transform(({ message }) => message),
  z
    .object({ error: z.object({ code: z.string(), summary: z.string() }) })
    .transform(({ error }) => `${error.code}: ${error.summary.split('\n')[0] ?? ''}`),
]);

function whyOf(output: string): string {
  const { success, data } = failure.safeParse(parsed(output));
  return success ? data : output.trim().split('\n').slice(-1).join('') || 'npm said nothing';
}
