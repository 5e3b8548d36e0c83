<?php

// SPDX-License-Identifier: Apache-2.0
// Test points, and what they compare.

declare(strict_types=1);

const CHAT_ID = '/^oc_[0-9a-f]{32}$/D';
const LOG_ID = '/^\d{14}[0-9A-F]{20}$/D';

$failed = 0;

// $body may return why it proved nothing.
function point(string $name, callable $body): void
{
    global $failed;
    try {
        $skipped = $body();
        echo "ok - $name", $skipped ? " # SKIP $skipped" : '', "\n";
    } catch (Throwable $error) {
        $failed += 1;
        echo "not ok - $name\n", preg_replace('/^/m', '#   ', (string) $error), "\n";
    }
}

// Of the same type too.
function same(mixed $wanted, mixed $found): void
{
    if ($wanted !== $found) {
        throw new UnexpectedValueException('wanted ' . var_export($wanted, true) . ', found ' . var_export($found, true));
    }
}

function matches(string $pattern, string $found): void
{
    if (!preg_match($pattern, $found)) {
        throw new UnexpectedValueException("$found is not like $pattern");
    }
}

function sorted(array $list): array
{
    sort($list);
    return $list;
}
