# Debian packages: "cpack -G DEB" in the build folder.  The library, what programs need to be
# built with it, and the command are a package each, as Debian has it.
set(soname_version ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
set(package_library libxenpt${soname_version})
set(package_development libxenpt-dev)
set(package_command xenpt)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_PACKAGE_CONTACT "The xenpt maintainers")
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_COMPONENTS_ALL library development command)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_ENABLE_COMPONENT_DEPENDS ON)
set(CPACK_STRIP_FILES ON)

# What a library needs is read from the file itself; where xenpt's own library lies, for the
# command that was linked with it, has to be said.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${PROJECT_BINARY_DIR}/lib)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SHLIBDEPS ON)

foreach(component IN LISTS CPACK_COMPONENTS_ALL)
    string(TOUPPER ${component} COMPONENT)
    set(CPACK_DEBIAN_${COMPONENT}_PACKAGE_NAME ${package_${component}})
    install(FILES ${PROJECT_SOURCE_DIR}/LICENSE RENAME copyright COMPONENT ${component}
        DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/doc/${package_${component}})
endforeach()
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_COMMAND_PACKAGE_SECTION utils)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "page tables of x86 machines and of Xen")
set(CPACK_COMPONENT_LIBRARY_DESCRIPTION "The library: walks, maps and explains page tables.")
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION "What programs need to be built with the library.")
set(CPACK_COMPONENT_COMMAND_DESCRIPTION "The command: walks, maps and explains page tables.")
if(CAIRO_FOUND)
    set(package_cairo ", libcairo2-dev")
endif()
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
    "${package_library} (= ${PROJECT_VERSION}), libelf-dev, libyaml-dev, libzydis-dev, libzstd-dev, zlib1g-dev${package_cairo}")
set(CPACK_DEBIAN_COMMAND_PACKAGE_DEPENDS "${package_library} (= ${PROJECT_VERSION})")

include(CPack)
