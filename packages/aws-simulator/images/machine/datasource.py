"""cloud-init's own EC2 datasource, told what it would read from the BIOS: a container has none of its own."""

from cloudinit import sources
from cloudinit.sources.DataSourceEc2 import CloudNames, DataSourceEc2


class DataSourceSimulatedEc2(DataSourceEc2):
    def _get_cloud_name(self):
        return CloudNames.AWS


datasources = [(DataSourceSimulatedEc2, (sources.DEP_FILESYSTEM, sources.DEP_NETWORK))]


def get_datasource_list(depends):
    return sources.list_from_depends(depends, datasources)
