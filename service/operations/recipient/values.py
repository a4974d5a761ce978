"""What the pixels of a link say: values of a place, statistics, and what colours mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeAlias

from service.accounts.api_keys import Scope
from service.errors import BadInput
from service.metering.usage import Units
from service.operations.admission.admit import admit
from service.operations.admission.render_policy import finest_pixel, outside_area, profile_for, shared_extent
from service.operations.core.operation import Bucket, Context, Effect, Operation
from service.operations.recipient.regions import epsg_of, labels_for, region_for, wanted_for
from service.operations.recipient.value_models import (
    BandStatistics,
    ClassCount,
    Histogram,
    LegendOutput,
    LegendRequest,
    PointOutput,
    PointRequest,
    PointValue,
    StatisticsOutput,
    StatisticsRequest,
)
from tiling.analysis.statistics import PERCENTILES
from tiling.geometry.zooms import middle_of_pixel

if TYPE_CHECKING:
    from service.links.admission import Admission
    from tiling.analysis.statistics import Statistics, ValueStatistics

Labels: TypeAlias = Mapping[int | None, Mapping[int, str]]
NO_LABELS: Final[Labels] = MappingProxyType({})


async def get_statistics(context: Context, request: StatisticsRequest) -> StatisticsOutput:
    """Describe the values of a raster, all of them or those in a region.

    Minimum, maximum, mean, deviation, percentiles and a histogram.
    """
    admission = await admit(context, request)
    shared_extent(context, admission.link, admission.target)
    profile, wanted = profile_for(admission, request.profile, request.render), wanted_for(admission, request)
    wanted, labels = replace(wanted, categorical=request.categorical), labels_for(admission, request)
    clip = await region_for(context, admission, request)
    finest = finest_pixel(admission)
    found = await context.services.images.values.statistics(
        admission.target, profile, clip, wanted, admission.flow, finest=finest
    )
    await _count(context, admission)
    return statistics_output(found, labels)


def statistics_output(found: Statistics, labels: Labels = NO_LABELS) -> StatisticsOutput:
    """Return statistics as they are told."""
    return StatisticsOutput(
        bands=tuple(_band(values, labels) for values in found.values),
        width=found.width,
        height=found.height,
        approximate=found.is_approximate,
        completeness=found.completeness,
    )


async def get_point(context: Context, request: PointRequest) -> PointOutput:
    """Return the values of the pixel at a place."""
    admission = await admit(context, request)
    services, target = context.services, admission.target
    profile, wanted = profile_for(admission, request.profile, request.render), wanted_for(admission, request)
    longitude, latitude = await services.images.values.place(
        request.lon, request.lat, epsg_of(request.crs), admission.flow
    )
    _check_place(longitude, latitude)
    clip = services.images.areas.of(admission.link)
    if clip is not None and not clip.holds(longitude, latitude):
        raise outside_area()
    found = await services.images.values.point(
        target, profile, *_shared_place(admission, longitude, latitude), wanted, admission.flow
    )
    await _count(context, admission)
    labels = labels_for(admission, request)
    values = None
    if found is not None:
        values = tuple(
            PointValue(**asdict(name), value=value, label=_label(labels, name.band, value)) for name, value in found
        )
    return PointOutput(lon=longitude, lat=latitude, values=values)


async def get_legend(context: Context, request: LegendRequest) -> LegendOutput:
    """Say what the colours of a profile mean."""
    admission = await admit(context, request)
    profile, clip = (
        profile_for(admission, request.profile, request.render),
        context.services.images.areas.of(admission.link),
    )
    legend = await context.services.images.values.legend(admission.target, profile, clip, admission.flow)
    return LegendOutput.model_validate(asdict(legend))


async def _count(context: Context, admission: Admission) -> None:
    """Count a question that is about to be answered. Raises as `charge` does."""
    if not admission.is_metered:
        return
    context.services.metering.in_flight.hold()
    await context.services.links.authorizer.charge(admission, Units(queries=1))
    context.client.trail.metered = True


def _shared_place(admission: Admission, longitude: float, latitude: float) -> tuple[float, float]:
    """Return the place, or the middle of the pixel that a link which limits the zoom shows there."""
    finest = finest_pixel(admission)
    return (longitude, latitude) if finest is None else middle_of_pixel(longitude, latitude, finest)


def _check_place(longitude: float, latitude: float) -> None:
    if not -180 <= longitude <= 180:  # noqa: PLR2004
        raise BadInput("field_invalid", "lon must be between -180 and 180 degrees.", field="lon")
    if not -90 <= latitude <= 90:  # noqa: PLR2004
        raise BadInput("field_invalid", "lat must be between -90 and 90 degrees.", field="lat")


def _label(labels: Labels, band: int | None, value: float | None) -> str | None:
    return None if value is None or value != value // 1 else labels.get(band, {}).get(int(value))


def _classes(found: ValueStatistics, labels: Labels) -> tuple[ClassCount, ...] | None:
    if found.classes is None:
        return None
    return tuple(
        ClassCount(
            value=value,
            label=_label(labels, found.name.band, value),
            count=count,
            percent=100 * count / found.count,
        )
        for value, count in found.classes
    )


def _band(found: ValueStatistics, labels: Labels) -> BandStatistics:
    return BandStatistics(
        **asdict(found.name),
        min=found.min,
        max=found.max,
        mean=found.mean,
        std=found.std,
        count=found.count,
        valid_percent=found.valid_percent,
        percentiles={str(percent): value for percent, value in zip(PERCENTILES, found.percentiles, strict=False)},
        histogram=Histogram(counts=found.counts, edges=found.edges),
        classes=_classes(found, labels),
    )


OPERATIONS = (
    Operation(
        "share.tile.statistics", Scope.SHARES_READ, Effect.READ, Bucket.READ, get_statistics, for_recipients=True
    ),
    Operation("share.tile.point", Scope.SHARES_READ, Effect.READ, Bucket.READ, get_point, for_recipients=True),
    Operation("share.tile.legend", Scope.SHARES_READ, Effect.READ, Bucket.READ, get_legend, for_recipients=True),
)
