/*
 * Diagnostics for people and programs. Each renderer appends to a buffer; repetitions are left out except in
 * `falco-json`, which has one result per file load, as Falco gives it.
 */
#ifndef TERCEL_COMPILER_DIAGNOSTICS_DIAGNOSTIC_RENDER_H
#define TERCEL_COMPILER_DIAGNOSTICS_DIAGNOSTIC_RENDER_H

#include "base/buffer.h"
#include "compiler/compile_rules.h"
#include "compiler/diagnostics/diagnostic.h"

/* FILE:LINE:COLUMN: error: message [LOAD_…: our-code], the line with carets, notes and hints. */
void diagnostic_render_text(struct buffer *buffer, const struct diagnostics *diagnostics);

/* One object: counts and an array of diagnostics with their places. */
void diagnostic_render_json(struct buffer *buffer, const struct compilation *compilation);

/* {"falco_load_results":[…]}: rule language reference §2.4. Only the first error of a file, as Falco stops there. */
void diagnostic_render_falco_json(struct buffer *buffer, const struct compilation *compilation);

/* SARIF 2.1.0, for code scanning services. */
void diagnostic_render_sarif(struct buffer *buffer, const struct compilation *compilation);

/* Workflow commands that GitHub shows beside the changed lines. */
void diagnostic_render_github(struct buffer *buffer, const struct compilation *compilation);

#endif
