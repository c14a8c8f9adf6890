import { assertEquals } from "@std/assert";
import { countsOf, sum, summary } from "../../scripts/test/junit.ts";

const DENO = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="deno test" tests="4" failures="1" errors="1" time="0.02">
    <testsuite name="./a_test.ts" tests="4" disabled="1" errors="1" failures="1">
        <testcase name="passes" classname="./a_test.ts" time="0.000" line="3" col="6">
        </testcase>
        <testcase name="asks # needs program php" classname="./a_test.ts" time="0.000">
            <skipped/>
        </testcase>
        <testcase name="fails &lt;x&gt;" classname="./a_test.ts" time="0.012">
            <failure message="Uncaught Error: no">Error: no</failure>
        </testcase>
        <testcase name="never ran" classname="./a_test.ts" time="0.000">
            <error message="Cancelled"/>
        </testcase>
    </testsuite>
</testsuites>`;

const NODE = `<?xml version="1.0" encoding="utf-8"?>
<testsuites>
	<testcase name="passes" time="0.001542" classname="test"/>
	<testcase name="skips > # Windows has none" time="0.000153" classname="test">
		<skipped type="skipped" message="true"/>
	</testcase>
	<testcase name="fails" time="0.001593" classname="test" failure="1 == 2">
		<failure type="testCodeFailure" message="1 == 2">
[Error [ERR_TEST_FAILURE]: 1 == 2] { code: 'ERR_TEST_FAILURE' }
		</failure>
	</testcase>
	<!-- tests 3 -->
</testsuites>`;

const BUN = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="bun test" tests="3" failures="1" skipped="1" time="0.12">
  <testsuite name="a_test.mjs" file="a_test.mjs" tests="3" failures="1" skipped="1">
    <testcase name="passes" classname="" time="0.00167" file="a_test.mjs" line="3" assertions="0" />
    <testcase name="asks # needs program socat" classname="" time="0" file="a_test.mjs">
      <skipped />
    </testcase>
    <testcase name="fails" classname="" time="0.003258" file="a_test.mjs" line="6">
      <failure type="AssertionError" message="1 == 2">AssertionError: 1 == 2&#10;</failure>
    </testcase>
  </testsuite>
</testsuites>`;

Deno.test("countsOf() counts what Deno reports", () => {
  assertEquals(countsOf(DENO), {
    passed: 1,
    failed: 2,
    skipped: 1,
    wanting: ["asks # needs program php"],
  });
});

Deno.test("countsOf() counts what Node reports", () => {
  assertEquals(countsOf(NODE), {
    passed: 1,
    failed: 1,
    skipped: 1,
    wanting: [],
  });
});

Deno.test("countsOf() counts what Bun reports", () => {
  assertEquals(countsOf(BUN), {
    passed: 1,
    failed: 1,
    skipped: 1,
    wanting: ["asks # needs program socat"],
  });
});

Deno.test("countsOf() fails a file that registered no test", () => {
  const report =
    `<testsuites><testcase name="/x/a_test.mjs" time="0.08" classname="test"/></testsuites>`;
  assertEquals(countsOf(report).failed, 1);
  assertEquals(countsOf(report).passed, 0);
});

Deno.test("summary() tells of skipped tests only where there are any", () => {
  const [deno, node] = [countsOf(DENO), countsOf(NODE)];
  assertEquals(summary(sum([deno, node])), "2 passed, 3 failed, 2 skipped");
  assertEquals(summary({ ...deno, skipped: 0 }), "1 passed, 2 failed");
});
