"""The emulator as the fault suite's network: a site for each place, all linked alike."""


class Sites:
    def __init__(self, emulator, **settings):
        self._emulator, self._settings, self._places = emulator, settings, {}

    def place(self, name):
        if name not in self._places:
            site = self._emulator.site(name.replace(" ", "-"))
            for other in self._places.values():
                self._emulator.link(site.name, other.name, **self._settings)
            self._places[name] = site
        return self._places[name]

    def heal(self):
        """Nothing has been cut."""
