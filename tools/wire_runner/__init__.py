# SPDX-License-Identifier: Apache-2.0
"""Runs tests/wire/*.case against a running server. The format: tests/wire/README.md."""
