"""Small request guards that hold for every page."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest

# No database searches for longer words, and nobody types them.
LONGEST = 10_000
GetResponse = Callable[[HttpRequest], HttpResponse]


def refuse_nul(get_response: GetResponse) -> GetResponse:
    """PostgreSQL text cannot hold NUL and no keyboard types one: say so instead of failing later."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if any("\x00" in v for values in request.POST.lists() for v in values[1]):
            return HttpResponseBadRequest("The form holds a NUL character. Remove it and try again.")
        if "\x00" in request.path or any("\x00" in v for values in request.GET.lists() for v in values[1]):
            return HttpResponseBadRequest("The address holds a NUL character. Remove it and try again.")
        if any(len(v) > LONGEST for values in request.GET.lists() for v in values[1]):
            return HttpResponseBadRequest(f"A value in the address is longer than {LONGEST:,} characters. Shorten it.")
        return get_response(request)

    return middleware
