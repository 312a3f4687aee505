# The probe images: freestanding programs for x86, as bytes of the library.
# Without an x86 compiler there are none, and images.h has empty ones.
#
# They are made by commands of their own, so that no flag of the host's (sanitizers, coverage,
# position independence) gets into them.  No package is needed beyond the compiler: headers are
# its own, and there is no library.

set(guest ${CMAKE_CURRENT_LIST_DIR})
set(guest_out ${CMAKE_CURRENT_BINARY_DIR}/guest)

file(MAKE_DIRECTORY ${guest_out}/32 ${guest_out}/64)

set(sources access.c descriptors.c fixed.c guest.c layout.c machine.c main.c mem.c out.c out_disk.c
    out_memory.c out_stream.c out_text.c screen.c serial.c state.c stop.c svm.c text.c)
set(sources_64 boot64.S guest64.S probe64.S stubs64.S vmx.c)
set(sources_32 boot32.S guest32.S probe32.S stubs32.S)
set(flags_64 -m64 -mcmodel=kernel -mno-red-zone)
set(flags_32 -m32)
set(linker_64 -m elf_x86_64)
set(linker_32 -m elf_i386)

set(flags -std=c17 -O2 -g0 -ffreestanding -fno-pic -fno-pie -fno-stack-protector
    -fcf-protection=none -fno-asynchronous-unwind-tables -mgeneral-regs-only
    -Wall -Wextra -Wconversion -Wshadow -I${PROJECT_BINARY_DIR}/allowed/validate)
if(XENPT_WERROR)
    list(APPEND flags -Werror)
endif()

# guest_object(<output> <source> <flag>...)
function(guest_object output source)
    add_custom_command(OUTPUT ${output}
        COMMAND ${CMAKE_C_COMPILER} ${flags} ${ARGN} -MD -MF ${output}.d -c
                ${guest}/${source} -o ${output}
        DEPENDS ${guest}/${source} DEPFILE ${output}.d VERBATIM)
endfunction()

# guest_binary(<output> <script> <linker flag>... OBJECTS <object>...): linked, and then flat.
function(guest_binary output script)
    cmake_parse_arguments(PARSE_ARGV 2 arg "" "" "OBJECTS")
    set(script ${guest}/${script})
    add_custom_command(OUTPUT ${output}
        COMMAND ${CMAKE_LINKER} ${arg_UNPARSED_ARGUMENTS} -nostdlib -static --build-id=none
                -z max-page-size=4096 -T ${script} -o ${output}.elf
                ${arg_OBJECTS}
        COMMAND ${CMAKE_OBJCOPY} -O binary ${output}.elf ${output}
        DEPENDS ${script} ${arg_OBJECTS} VERBATIM)
endfunction()

function(guest_image bits)
    foreach(source IN LISTS sources sources_${bits})
        set(object ${guest_out}/${bits}/${source}.o)
        guest_object(${object} ${source} ${flags_${bits}})
        list(APPEND objects ${object})
    endforeach()
    guest_binary(${guest_out}/image${bits}.bin image${bits}.ld ${linker_${bits}}
        OBJECTS ${objects})
endfunction()

set(images ${guest_out}/images.c)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|amd64|AMD64|i.86)$")
    set(image_64 ${guest_out}/image64.bin)
    set(image_32 ${guest_out}/image32.bin)
    set(boot_sector ${guest_out}/bootsector.bin)
    guest_image(64)
    guest_image(32)
    guest_object(${guest_out}/bootsector.o bootsector.S ${flags_32})
    guest_binary(${boot_sector} bootsector.ld ${linker_32}
        OBJECTS ${guest_out}/bootsector.o ${guest_out}/32/layout.c.o)
else()
    message(STATUS "No probe images: a compiler for ${CMAKE_SYSTEM_PROCESSOR} makes none for x86, "
                   "and xenpt validate will say so")
endif()
add_custom_command(OUTPUT ${images}
    COMMAND ${CMAKE_COMMAND} -DOUTPUT=${images} -DIMAGE_64=${image_64} -DIMAGE_32=${image_32}
            -DBOOT_SECTOR=${boot_sector} -P ${guest}/embed.cmake
    DEPENDS ${guest}/embed.cmake ${image_64} ${image_32} ${boot_sector} VERBATIM)
target_sources(xenpt_validate PRIVATE ${images} disk.c)
