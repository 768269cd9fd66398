#include "agent/capture/bundle_expiry.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>

#include "base/clock.h"
#include "catalog/catalog.h"

int bundle_expiry_init(struct bundle_expiry *expiry, int signal_number)
{
	struct sigevent ring = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = signal_number};

	expiry->is_awaited = false;
	return timer_create(CLOCK_REALTIME, &ring, &expiry->timer) < 0 ? -errno : 0;
}

void bundle_expiry_watch(struct bundle_expiry *expiry, const struct bundle_manifest *manifest)
{
	/* Zero, for a bundle that never expires, stops the timer. */
	struct itimerspec setting = {.it_value = {.tv_sec = (time_t)manifest->expires_s}};

	if (setting.it_value.tv_sec < 0) /* beyond all time */
		setting.it_value.tv_sec = 0;
	expiry->is_awaited = setting.it_value.tv_sec != 0;
	timer_settime(expiry->timer, TIMER_ABSTIME, &setting, NULL);
}

void bundle_expiry_look(struct bundle_expiry *expiry, const struct bundle_manifest *manifest, struct alert_output *output)
{
	uint64_t now_ns = clock_realtime_ns();
	struct buffer message = BUFFER_INIT;
	char time[TIME_FORMAT_UTC_BYTES];

	if (!expiry->is_awaited || now_ns / NS_PER_S < manifest->expires_s)
		return;
	expiry->is_awaited = false;
	buffer_printf(&message,
		      "The rules that run have expired, and run on until a newer bundle comes (bundle=" TEXT_FORMAT
		      " channel=" TEXT_FORMAT " version=%" PRIu64 " expired=%s)",
		      TEXT_ARGUMENTS(manifest->name), TEXT_ARGUMENTS(manifest->channel), manifest->version,
		      time_format_utc(manifest->expires_s, time));
	alert_output_raise_internal(output, TEXT("Tercel bundle expired"), PRIORITY_WARNING, buffer_text(&message), now_ns);
	buffer_release(&message);
}
