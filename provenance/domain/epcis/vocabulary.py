"""The words of CBV 2.0 and where they live: closed lists, their web URIs, the standard's prefixes.

Events write a word of a closed list bare (`shipping`), as a CURIE (`cbv:BizStep-shipping`), as a web URI or, in old
documents, as a URN; a `WordList` knows the ways between them. The lists are closed: whatever is not in one is a URI of
somebody's own.
"""

from typing import Final

CBV: Final = "https://ref.gs1.org/cbv/"
VOC: Final = "https://ref.gs1.org/voc/"

PREFIXES: Final = {
    "cbv": CBV,
    "cbvmda": "urn:epcglobal:cbv:mda:",
    "dcterms": "http://purl.org/dc/terms/",
    "epcis": "https://ref.gs1.org/epcis/",
    "gs1": VOC,
    "owl": "http://www.w3.org/2002/07/owl#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
"""The prefixes that the standard JSON-LD context declares; they count as declared in every document."""

_CONTEXT_HOMES: Final = ("https://ref.gs1.org/standards/epcis/", "https://gs1.github.io/EPCIS/")


def is_standard_context(url: str) -> bool:
    """Return whether `url` is the standard EPCIS context, of whichever version (2.0.0, 2.0.1, unversioned)."""
    return url.startswith(_CONTEXT_HOMES) and url.endswith("epcis-context.jsonld")


class WordList:
    """A closed list of words under a web URI stem, and under the URN stem that CBV 1.2 had for it."""

    def __init__(self, stem: str, urn: str | None, words: str) -> None:
        self.words: Final = tuple(words.split())
        self.uris: Final = {word: stem + word for word in self.words}
        """From the bare word to its web URI."""
        spellings = {stem + word: word for word in self.words} | {word: word for word in self.words}
        if stem.startswith(CBV):
            spellings |= {"cbv:" + stem[len(CBV) :] + word: word for word in self.words}
        if stem.startswith(VOC):
            spellings |= {"gs1:" + word: word for word in self.words}
        if urn is not None:
            spellings |= {urn + word: word for word in self.words}
        self.bare: Final = spellings
        """From every spelling of a word to the bare word."""


BIZ_STEP: Final = WordList(
    CBV + "BizStep-",
    "urn:epcglobal:cbv:bizstep:",
    """
    accepting arriving assembling collecting commissioning consigning creating_class_instance cycle_counting
    decommissioning departing destroying disassembling dispensing encoding entering_exiting holding inspecting
    installing killing loading other packing picking receiving removing repackaging repairing replacing
    reserving retail_selling sampling sensor_reporting shipping staging_outbound stock_taking stocking storing
    transporting unloading unpacking void_shipping
""",
)
DISPOSITION: Final = WordList(
    CBV + "Disp-",
    "urn:epcglobal:cbv:disp:",
    """
    active available completeness_inferred completeness_verified conformant container_closed container_open
    damaged destroyed dispensed disposed encoded expired in_progress in_transit inactive mismatch_class
    mismatch_instance mismatch_quantity needs_replacement no_pedigree_match non_conformant non_sellable_other
    partially_dispensed recalled reserved retail_sold returned sellable_accessible sellable_not_accessible
    stolen unavailable unknown
""",
)
BIZ_TRANSACTION_TYPE: Final = WordList(
    CBV + "BTT-",
    "urn:epcglobal:cbv:btt:",
    """
    bol cert desadv inv pedigree po poc prodorder recadv rma testprd testres upevt
""",
)
SOURCE_DEST_TYPE: Final = WordList(
    CBV + "SDT-",
    "urn:epcglobal:cbv:sdt:",
    """
    location owning_party possessing_party
""",
)
ERROR_REASON: Final = WordList(
    CBV + "ER-",
    "urn:epcglobal:cbv:er:",
    """
    did_not_occur incorrect_data
""",
)
COMPONENT: Final = WordList(
    CBV + "Comp-",
    None,
    """
    altitude axial_distance azimuth easting elevation_angle height latitude longitude northing polar_angle
    spherical_radius x y z
""",
)
MEASUREMENT_TYPE: Final = WordList(
    VOC,
    None,
    """
    AbsoluteHumidity AbsorbedDose AbsorbedDoseRate Acceleration Altitude AmountOfSubstance
    AmountOfSubstancePerUnitVolume Angle AngularAcceleration AngularMomentum AngularVelocity Area Capacitance
    Conductance Conductivity Count Density Dimensionless DoseEquivalent DoseEquivalentRate DynamicViscosity
    ElectricCharge ElectricCurrent ElectricCurrentDensity ElectricFieldStrength Energy Exposure Force Frequency
    Illuminance Inductance Irradiance KinematicViscosity Length LinearMomentum Luminance LuminousFlux
    LuminousIntensity MagneticFlux MagneticFluxDensity MagneticVectorPotential Mass MassConcentration
    MassFlowRate MassPerAreaTime MemoryCapacity MolalityOfSolute MolarEnergy MolarMass MolarVolume Power
    Pressure RadiantFlux RadiantIntensity Radioactivity RelativeHumidity Resistance Resistivity SolidAngle
    SpecificVolume Speed SurfaceDensity SurfaceTension Temperature Time Torque Voltage Volume VolumeFlowRate
    VolumeFraction VolumetricFlux Wavenumber
""",
)
SENSOR_ALERT: Final = WordList(
    VOC,
    None,
    """
    ALARM_CONDITION ERROR_CONDITION
""",
)

URN_STEMS: Final = {
    "urn:epcglobal:cbv:bizstep:": CBV + "BizStep-",
    "urn:epcglobal:cbv:btt:": CBV + "BTT-",
    "urn:epcglobal:cbv:disp:": CBV + "Disp-",
    "urn:epcglobal:cbv:er:": CBV + "ER-",
    "urn:epcglobal:cbv:sdt:": CBV + "SDT-",
}
"""What the URN form of a CBV word begins with, and what its web URI begins with (event hash rule 14)."""
